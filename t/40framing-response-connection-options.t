use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

sub answer ($fields) { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n$fields\r\nok" }
sub taken ($name, $fields, %more) { { name => $name, answer => answer($fields), status => 200, body => 'ok', next => 'answered', %more } }

check_answers(
    taken('a listed field ends here', "Connection: X-Q\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/, kept => 1),
    taken('also when it comes before the list', "X-Q: EVIL\r\nConnection: x-q\r\n", unlike => qr/EVIL/),
    taken('lists in several fields', "Connection: X-P\r\nConnection: , X-Q,, \r\nX-P: EVIL\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/),
    taken('fields that always end here', join('', map { "$_: EVIL\r\n" } qw(Keep-Alive Proxy-Connection TE Trailer Upgrade)), unlike => qr/EVIL/),
    taken('the backend\'s challenge to a proxy', "Proxy-Authenticate: Basic realm=EVIL\r\n", unlike => qr/EVIL/),
    taken('the answer to it stays', "Proxy-Authentication-Info: x\r\n", header => { 'Proxy-Authentication-Info' => 'x' }),
    taken('a listed Set-Cookie', "Connection: Set-Cookie\r\nSet-Cookie: a=EVIL\r\n", unlike => qr/EVIL/),
    taken('a listed Date: one is made', "Connection: Date\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n", like => qr/^Date: /m),
    taken('an empty list', "Connection:\r\nX-A: b\r\n", header => { 'X-A' => 'b' }),
    taken('only commas', "Connection: ,\r\nX-A: b\r\n", header => { 'X-A' => 'b' }),
    taken('commas around', "Connection: ,,X-Q,,\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/),
    taken('a thousand names', 'Connection: ' . join(',', map { "X-$_" } 1 .. 1000) . ", X-Q\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/),
    taken('a name that only begins like a listed one', "Connection: X-Q\r\nX-Q-A: b\r\n", header => { 'X-Q-A' => 'b' }),
    taken('the client connection is none of the backend\'s business', "Connection: close\r\n", header => { Connection => undef }, kept => 0),
    taken('nor is its keep-alive', "Connection: Keep-Alive\r\nKeep-Alive: timeout=1, max=2\r\n", unlike => qr/max=2/),
    taken('a folded list', "Connection: X-P,\r\n X-Q\r\nX-Q: EVIL\r\nX-P: EVIL\r\n", unlike => qr/EVIL/),
    { name => 'a listed Content-Length', answer => answer("Connection: Content-Length\r\n"), close => 1, status => 200, body => 'ok' },
    { name => 'a listed Content-Length, to HEAD', request => { method => 'HEAD' }, answer => "HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\n", status => 200 },
);

done_testing;
