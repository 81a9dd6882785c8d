use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_requests);

sub get ($fields) { "GET /CASE HTTP/1.1\r\nHost: h\r\n$fields\r\n" }
sub taken ($name, $fields, %more) { { name => $name, request => get($fields), status => 200, %more } }

my $forwarded = qr/^X-Forwarded-For: 127\.0\.0\.1\r\nX-Forwarded-Host: h\r\nX-Forwarded-Server: proxy\.test\r$/m;

check_requests(
    taken('a listed field ends here', "Connection: X-Q\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/, next => 'answered'),
    taken('also when it comes before the list', "X-Q: EVIL\r\nConnection: x-q\r\n", unlike => qr/EVIL/, next => 'answered'),
    taken('lists in several fields', "Connection: X-P\r\nConnection: ,X-Q,,\r\nX-P: EVIL\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/, next => 'answered'),
    taken('fields that always end here', join('', map { "$_: EVIL\r\n" } qw(Keep-Alive Proxy-Connection TE Trailer)), unlike => qr/EVIL/, next => 'answered'),
    taken('Upgrade ends here', "Connection: Upgrade\r\nUpgrade: websocket\r\n", unlike => qr/upgrade|websocket/i, next => 'answered'),
    taken('Upgrade ends here without Connection too', "Upgrade: h2c\r\nHTTP2-Settings: x\r\n", unlike => qr/^Upgrade/mi, next => 'answered'),
    taken('an upgrade to TLS ends here', "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n", unlike => qr/upgrade|TLS/i, next => 'answered'),
    taken('an empty list', "Connection:\r\nX-A: b\r\n", head => qr/^X-A: b\r$/m, next => 'answered'),
    taken('only a comma', "Connection: ,\r\nX-A: b\r\n", head => qr/^X-A: b\r$/m, next => 'answered'),
    taken('commas around', "Connection: ,,X-Q,,\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/, next => 'answered'),
    taken('a thousand names', 'Connection: ' . join(',', map { "X-$_" } 1 .. 1000) . ", X-Q\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/, next => 'answered'),
    taken('quoted names', qq(Connection: "X-Q"\r\nX-A: b\r\n), head => qr/^X-A: b\r$/m, next => 'answered'),
    taken('a name that only begins like a listed one', "Connection: X-Q\r\nX-Q-A: b\r\n", head => qr/^X-Q-A: b\r$/m, next => 'answered'),
    taken('close', "Connection: close\r\n", next => 'closed', unlike => qr/^Connection: close/mi),
    taken('close and a length that it lists', "Connection: close, Content-Length\r\nContent-Length: 3\r\n", request => "POST /CASE HTTP/1.1\r\nHost: h\r\nConnection: close, Content-Length\r\nContent-Length: 3\r\n\r\nabc",
        body => 'abc', head => qr/^Content-Length: 3\r$/m, next => 'closed'),
    { name => 'a listed Content-Length frames all the same', request => "POST /CASE HTTP/1.1\r\nHost: h\r\nConnection: Content-Length\r\nContent-Length: 3\r\n\r\nabc", status => 200,
        body => 'abc', head => qr/^Content-Length: 3\r$/m, next => 'answered' },
    { name => 'a listed Transfer-Encoding frames all the same', request => "POST /CASE HTTP/1.1\r\nHost: h\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", status => 200,
        body => 'abc', next => 'answered' },
    taken('a listed Host stays', "Connection: Host\r\n", head => qr/^Host: 127\.0\.0\.1:\d+\r$/m, next => 'answered'),
    taken('listed proxy fields come all the same', "Connection: X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Server\r\n", head => $forwarded, next => 'answered'),
    taken('also when the client sends them', "Connection: close, X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Server\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Server: evil\r\n",
        head => $forwarded, unlike => qr/evil|6\.6\.6\.6/, next => 'closed'),
    taken('what the client sends of them comes first', "X-Forwarded-For: 6.6.6.6\r\n", head => qr/^X-Forwarded-For: 6\.6\.6\.6, 127\.0\.0\.1\r$/m, next => 'answered'),
    taken('a listed Connection', "Connection: Connection\r\nX-A: b\r\n", head => qr/^X-A: b\r$/m, next => 'answered'),
    taken('two fields that contradict', "Connection: close\r\nConnection: keep-alive\r\n", next => 'closed'),
    taken('a credential for a proxy is not for the backend', "Proxy-Authorization: Basic EVIL\r\n", next => 'answered'),
    taken('a folded list', "Connection: X-P,\r\n X-Q\r\nX-P: EVIL\r\nX-Q: EVIL\r\n", unlike => qr/EVIL/, next => 'answered'),
);

done_testing;
