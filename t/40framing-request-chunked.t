use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_requests);

my $smuggled = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";

sub post ($body, $fields = '') { "POST /CASE HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n$fields\r\n$body" }
sub taken   ($name, $body, %more) { { name => $name, request => post($body), status => 200, body => 'abc', next => 'answered', %more } }
sub refused ($name, $body, %more) { { name => $name, request => post("$body$smuggled"), status => [400, 413], next => 'closed', %more } }

check_requests(
    taken('several chunks', "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", head => qr/^Content-Length: 3\r$/m, unlike => qr/chunked/),
    taken('an empty body', "0\r\n\r\n", body => '', head => qr/^Content-Length: 0\r$/m),
    taken('capital letters', "A\r\n0123456789\r\n0\r\n\r\n", body => '0123456789'),
    taken('forty leading zeros', '0' x 40 . "3\r\nabc\r\n0\r\n\r\n"),
    taken('a blank behind the size', "3 \r\nabc\r\n0\r\n\r\n"),
    taken('a tab behind the size', "3\t\r\nabc\r\n0\r\n\r\n"),
    taken('many zeros at the end', "3\r\nabc\r\n0000000\r\n\r\n"),
    refused('a size like 0x3', "0x3\r\nabc\r\n0\r\n\r\n"),
    refused('a negative size', "-1\r\nabc\r\n0\r\n\r\n"),
    refused('a size with a plus', "+3\r\nabc\r\n0\r\n\r\n"),
    refused('an empty size', "\r\nabc\r\n0\r\n\r\n"),
    refused('a blank before the size', " 3\r\nabc\r\n0\r\n\r\n"),
    refused('a size with a letter beyond f', "3g\r\nabc\r\n0\r\n\r\n"),
    refused('a size with something behind it', "3 abc\r\nabc\r\n0\r\n\r\n"),
    refused('a size in quotes', qq("3"\r\nabc\r\n0\r\n\r\n)),
    refused('sixteen times f', "ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    refused('seventeen digits', "10000000000000003\r\nabc\r\n0\r\n\r\n"),
    refused('2^63', "8000000000000000\r\nabc\r\n0\r\n\r\n"),
    { name => 'a size of nearly 2^63, and the client hangs up', request => post("7fffffffffffffff\r\nabc"), half_close => 1, status => [400, 408] },
    refused('a vertical tab behind the size', "3\x0b\r\nabc\r\n0\r\n\r\n"),
    refused('a NUL behind the size', "3\0\r\nabc\r\n0\r\n\r\n"),
    refused('a bare line feed behind the size', "3\nabc\r\n0\r\n\r\n"),
    refused('a bare carriage return behind the size', "3\rabc\r\n0\r\n\r\n"),
    refused('no line end behind the data', "3\r\nabc0\r\n\r\n"),
    refused('more data than the size says', "3\r\nabcdef\r\n0\r\n\r\n"),
    refused('less data than the size says', "5\r\nabc\r\n0\r\n\r\n"),
    refused('a bare line feed behind the data', "3\r\nabc\n0\r\n\r\n"),
    refused('a bare carriage return behind the data', "3\r\nabc\r0\r\n\r\n"),
    refused('a bare line feed behind the last size', "3\r\nabc\r\n0\n\r\n"),
    taken('an extension', "3;a=b\r\nabc\r\n0;c\r\n\r\n", unlike => qr/a=b/),
    taken('a quoted extension with a semicolon', qq(3;a="b;c"\r\nabc\r\n0\r\n\r\n)),
    taken('a blank before the extension', "3 ;a=b\r\nabc\r\n0\r\n\r\n"),
    taken('an extension without a name', "3;\r\nabc\r\n0\r\n\r\n"),
    refused('a bare line feed in an extension', "3;a\nb\r\nabc\r\n0\r\n\r\n"),
    refused('a line end in a quoted extension', qq(3;a="\r\nb"\r\nabc\r\n0\r\n\r\n)),
    refused('a control character in an extension', "3;a\x01b\r\nabc\r\n0\r\n\r\n"),
    refused('a bare carriage return in an extension', "3;a\rb\r\nabc\r\n0\r\n\r\n"),
    refused('an extension longer than a line may be', '3;' . 'x' x 9000 . "\r\nabc\r\n0\r\n\r\n"),
    taken('trailers stay here', "3\r\nabc\r\n0\r\nX-Auth: admin\r\nHost: evil\r\nContent-Length: 99\r\nX-Forwarded-For: 6.6.6.6\r\nAuthorization: Basic x\r\n\r\n",
        unlike => qr/admin|evil|Length: 99|6\.6\.6\.6|Basic/),
    taken('trailers that frame', "3\r\nabc\r\n0\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n", unlike => qr/gzip|close/),
    taken('trailers behind a body that streams', "9c40\r\n" . 'x' x 40_000 . "\r\n0\r\nX-Auth: admin\r\nHost: evil\r\n\r\n", body => 'x' x 40_000, unlike => qr/admin|evil/),
    { name => 'a body that streams and then breaks', request => post("9c40\r\n" . 'x' x 40_000 . "\r\nzz\r\n$smuggled"), status => [400, 413, 502], at_backend => 1, complete => 0,
        next => 'closed' },
    { name => 'a body that streams and then stops', request => post("9c40\r\n" . 'x' x 40_000 . "\r\n10\r\nabc"), half_close => 1, status => [400, 408, 502], at_backend => 1, complete => 0 },
    { name => 'the client hangs up before the last chunk', request => post("3\r\nabc\r\n"), half_close => 1, status => [400, 408] },
    { name => 'the client hangs up in the trailer', request => post("3\r\nabc\r\n0\r\nX: y\r\n"), half_close => 1, status => [400, 408] },
    { name => 'the next request behind the last chunk', request => post("3\r\nabc\r\n0\r\n\r\nGET /CASE/next HTTP/1.1\r\nHost: h\r\n\r\n"), answers => [200, 200], at_backend => 2, next => 'answered' },
);

done_testing;
