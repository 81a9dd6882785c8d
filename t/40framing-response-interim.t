use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

my $final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

sub taken   ($name, $interim, %more) { { name => $name, answer => "$interim$final", status => 200, body => 'ok', kept => 1, %more } }
sub refused ($name, $interim, %more) { { name => $name, answer => "$interim$final", close => 1, status => 502, unlike => qr/EVIL/, kept => 0, stock => { status => [200, 502], unlike => undef, kept => undef, dirty => 1 }, %more } }
sub hint ($fields) { "HTTP/1.1 103 Early Hints\r\n$fields\r\n" }

check_answers(
    taken('one', hint("Link: </a>\r\n"), interim => [103], interim_like => qr/^Link: <\/a>\r$/m),
    taken('nine', hint("X-A: b\r\n") x 9, interim => [(103) x 9]),
    refused('ten', hint("X-A: b\r\n") x 10, stock => { status => 502 }),
    refused('a flood', "HTTP/1.1 100 Continue\r\n\r\n" x 10_000, stock => { status => 502 }),
    taken('102', "HTTP/1.1 102 Processing\r\n\r\n", interim => [102]),
    taken('a 1xx without a name', "HTTP/1.1 150\r\n\r\n", stock => { interim => undef }),
    taken('a 100 that nobody asked for', "HTTP/1.1 100 Continue\r\n\r\n", interim => []),
    taken('a 100 with fields that nobody asked for', "HTTP/1.1 100 Continue\r\nX-A: EVIL\r\n\r\n", interim => []),
    taken('none goes to an HTTP/1.0 client', hint("Link: </a>\r\n"), request => { version => '1.0' }, interim => []),
    taken('a length in an interim answer is not for the client', hint("Content-Length: 50\r\nX-A: b\r\n"), interim => [103],
        interim_unlike => qr/Content-Length/, stock => { interim_unlike => undef }),
    taken('a transfer coding in an interim answer is not for the client', hint("Transfer-Encoding: chunked\r\nX-A: b\r\n"), interim => [103],
        interim_unlike => qr/Transfer-Encoding/, stock => { interim_unlike => undef }),
    taken('hop-by-hop fields end here', hint("Connection: X-Q, close\r\nX-Q: EVIL\r\nKeep-Alive: 1\r\nUpgrade: x\r\nX-A: b\r\n"), interim => [103],
        interim_unlike => qr/EVIL|^(?:Connection|Keep-Alive|Upgrade):/mi, stock => { interim_unlike => undef, kept => undef }),
    taken('a close in an interim answer means nothing', hint("Connection: close\r\n"), stock => { kept => undef }),
    taken('a cookie in an interim answer', hint("Set-Cookie: a=b\r\n"), interim => [103]),
    taken('a control character in its reason', "HTTP/1.1 103 Early\x0bEVIL\r\n\r\n", interim_unlike => qr/EVIL/),
    taken('a bare carriage return in its reason', "HTTP/1.1 103 Early\rEVIL: 1\r\n\r\n", interim_unlike => qr/EVIL/),
    refused('a control character in a value', hint("X-A: \x01EVIL\r\n")),
    refused('a bare carriage return in a value', hint("X-A: b\rX-B: EVIL\r\n")),
    refused('a NUL in a value', hint("X-A: b\0EVIL\r\n")),
    refused('a name with a blank', hint("X A: EVIL\r\n")),
    refused('no colon', hint("EVIL\r\n")),
    refused('a line that is too long', hint('X-A: ' . 'EVIL' x 3000 . "\r\n")),
    refused('too many fields', hint(join '', map { "X-$_: EVIL\r\n" } 1 .. 101)),
    refused('a switch of protocols that nobody asked for', "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nEVIL", stock => { status => 502 }),
    refused('a switch of protocols to one that is not allowed', "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nEVIL",
        request => { headers => [Connection => 'Upgrade', Upgrade => 'x'] }, stock => { status => 502 }),
    refused('a switch of protocols without a word', "HTTP/1.1 101\r\n\r\n", stock => { status => 502 }),
    { name => 'an interim answer and then the end', answer => hint("X-A: b\r\n"), close => 1, status => 502, kept => 0 },
    { name => 'only a status line and then the end', answer => "HTTP/1.1 103 Early Hints\r\n", close => 1, status => 502, kept => 0, stock => { status => [200, 502] } },
    { name => 'from an HTTP/1.0 backend', answer => "HTTP/1.0 103 Early Hints\r\n\r\n$final", status => 200, body => 'ok' },
    { name => 'a body in an interim answer is taken for the next head', answer => hint("Content-Length: 4\r\n") . "EVIL$final", close => 1, status => 502, kept => 0,
        unlike => qr/EVIL/, stock => { status => [200, 502], unlike => undef } },
);

done_testing;
