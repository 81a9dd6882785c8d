use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

sub answer ($body, $fields = '') { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n$fields\r\n$body" }
sub ok_answer ($name, $body, %more) { { name => $name, answer => answer($body), status => 200, body => 'ok', complete => 1, next => 'answered', %more } }

# Nothing of the body is at hand when the fault shows: an error page, or an answer that visibly ends too soon.
sub broken ($name, $body, %more) {
    return { name => $name, answer => answer($body), close => 1, unlike => qr/EVIL|\n0\r\n/, kept => 0, wrong => 1, %more };
}

my @cases = (
    ok_answer('several chunks', "1\r\no\r\n1\r\nk\r\n0\r\n\r\n", kept => 1),
    ok_answer('leading zeros and capital letters', "000002\r\nok\r\n00\r\n\r\n", kept => 1),
    ok_answer('blanks behind the size', "2  \r\nok\r\n0\r\n\r\n"),
    ok_answer('an extension', "2;a=b\r\nok\r\n0;last\r\n\r\n", unlike => qr/a=b|last/),
    ok_answer('a quoted extension', qq(2;a="b;c"\r\nok\r\n0\r\n\r\n)),
    ok_answer('a hundred extensions of 500 bytes', join('', map { "1;" . 'x' x 500 . "\r\n" . ($_ % 2 ? 'o' : 'k') . "\r\n" } 1 .. 100) . "0\r\n\r\n", body => 'ok' x 50),
    ok_answer('an empty body', "0\r\n\r\n", body => '', kept => 1),
    ok_answer('trailers are not for the client', "2\r\nok\r\n0\r\nX-Trailer: 1\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\n\r\n", unlike => qr{X-Trailer|Set-Cookie|Content-Length: 5}),
    ok_answer('a trailer that says how to frame', "2\r\nok\r\n0\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n", unlike => qr/gzip/),
    ok_answer('a trailer that looks like an answer', "2\r\nok\r\n0\r\nX: HTTP/1.1 200 OK\r\n\r\n", unlike => qr/X:/),
);
push @cases, map { broken(@$_) } (
    ['a size that is no number',        "xyz\r\nEVIL\r\n0\r\n\r\n"],
    ['a negative size',                 "-2\r\nEVIL\r\n0\r\n\r\n"],
    ['a size with a plus',              "+4\r\nEVIL\r\n0\r\n\r\n"],
    ['a size like 0x4',                 "0x4\r\nEVIL\r\n0\r\n\r\n"],
    ['an empty size',                   "\r\nEVIL\r\n0\r\n\r\n"],
    ['a size with a blank before it',   " 4\r\nEVIL\r\n0\r\n\r\n"],
    ['a size in quotes',                qq("4"\r\nEVIL\r\n0\r\n\r\n)],
    ['a size with something behind it', "4 x\r\nEVIL\r\n0\r\n\r\n"],
    ['a size with an underscore',       "0_4\r\nEVIL\r\n0\r\n\r\n"],
    ['sixteen times f',                 "ffffffffffffffff\r\nEVIL\r\n0\r\n\r\n"],
    ['2^63',                            "8000000000000000\r\nEVIL\r\n0\r\n\r\n"],
    ['seventeen digits, the first a 1', "10000000000000004\r\nEVIL\r\n0\r\n\r\n"],
    ['an extension with a control character', "4;a=\x01\r\nEVIL\r\n0\r\n\r\n"],
    ['an extension with a bare carriage return', "4;a\rb\r\nEVIL\r\n0\r\n\r\n"],
    ['an extension of 9000 bytes',      '4;' . 'x' x 9000 . "\r\nEVIL\r\n0\r\n\r\n"],
    ['a size of 9000 zeros',            '0' x 9000 . "4\r\nEVIL\r\n0\r\n\r\n"],
    ['a NUL behind the size',           "4\0\r\nEVIL\r\n0\r\n\r\n"],
    ['a vertical tab behind the size',  "4\x0b\r\nEVIL\r\n0\r\n\r\n"],
    ['a bare line feed behind the size', "4\nEVIL\r\n0\r\n\r\n"],
);
push @cases, map { { name => $_->[0], answer => answer($_->[1]), close => 1, status => [200, 502], wrong => 1, unlike => qr/EVIL/, kept => 0 } } (
    ['data not followed by a line end', "2\r\nokEVIL\r\n0\r\n\r\n"],
    ['data followed by a bare line feed', "2\r\nok\n4\r\nEVIL\r\n0\r\n\r\n"],
    ['data followed by a carriage return only', "2\r\nok\r4\r\nEVIL\r\n0\r\n\r\n"],
    ['data followed by two line ends',  "2\r\nok\r\n\r\n4\r\nEVIL\r\n0\r\n\r\n"],
    ['the end of the connection in a size', "2\r\nok\r\n1"],
    ['the end of the connection in the data', "2\r\nok\r\n5\r\nab"],
    ['the end of the connection before the last chunk', "2\r\nok\r\n"],
    ['a chunk of nearly 2^63 that never comes', "7fffffffffffffff\r\nok"],
    ['a chunk of 2^32 that never comes', "100000000\r\nok"],
    ['the end of the connection before the trailer', "2\r\nok\r\n0\r\n"],
    ['a trailer that never ends', "2\r\nok\r\n0\r\nX: 1\r\n"],
    ['a trailer without a colon', "2\r\nok\r\n0\r\nEVIL\r\n\r\n"],
    ['a trailer with a bad name', "2\r\nok\r\n0\r\nEV IL: x\r\n\r\n"],
    ['a trailer with a control character', "2\r\nok\r\n0\r\nX: EVIL\x01\r\n\r\n"],
    ['a trailer longer than a line may be', "2\r\nok\r\n0\r\nX: " . 'EVIL' x 3000 . "\r\n\r\n"],
    ['more trailers than fields may be', "2\r\nok\r\n0\r\n" . join('', map { "X-$_: EVIL\r\n" } 1 .. 101) . "\r\n"],
    ['folded trailers of a hundred KiB', "2\r\nok\r\n0\r\n" . ("X: EVIL" . "\r\n EVIL" x 15000) . "\r\n\r\n"],
);
check_answers(@cases);

done_testing;
