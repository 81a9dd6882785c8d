use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);
use Digest::SHA qw(sha1_base64);

# A WebSocket over HTTP/2 (RFC 8441, H2WebSockets On) becomes one over HTTP/1.1 behind mod_http2, and goes on from here as such.
plan skip_all => CxxProxy::Http2Client->missing if CxxProxy::Http2Client->missing;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    $connection->note($head);
    return $connection->reply(403, 'no', Connection => 'close') if $head =~ m{^GET /ws/refused };
    return $connection->reset if $head =~ m{^GET /ws/reset };
    return $connection->reply(200, 'plain', Connection => 'close') unless $head =~ /^Upgrade: websocket\r/mi;
    my ($key) = $head =~ /^Sec-WebSocket-Key: (\S+)\r/mi;
    my $accept = sha1_base64($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: $accept\r\n\r\nhello ");
    while (length(my $bytes = $connection->read_some)) { $connection->send(uc $bytes) }
});
my $httpd = CxxProxy::Httpd->start(modules => ['http2'], stack => ['proxy_wstunnel'], config => <<"CONF");
Protocols h2c http/1.1
H2WebSockets On
ProxyPass /ws/ ws://$backend/ws/
CONF

sub websocket ($path, $body) {
    return { method => 'CONNECT', path => $path, body => $body, headers => [':protocol', 'websocket', 'sec-websocket-version', '13'] };
}

my ($echo, $plain) = CxxProxy::Http2Client->ask($httpd->port, websocket('/ws/echo', 'bytes of a frame'), { path => '/ws/get' });
is $echo->{status}, 200, 'it is accepted as RFC 8441 has it';
is $echo->{body}, 'hello BYTES OF A FRAME', 'and carries bytes both ways';
is $echo->{ended}, 'end', 'to its end';
is $plain->{body}, 'plain', 'beside other requests of the same connection';
my ($head) = grep { m{^GET /ws/echo } } $backend->notes;
like $head, qr/^Upgrade: websocket\r/mi, 'the backend sees an upgrade of HTTP/1.1';

my ($refused, $reset, $after) = CxxProxy::Http2Client->ask_in_turn($httpd->port, websocket('/ws/refused', ''), websocket('/ws/reset', ''), { path => '/ws/get' });
is $refused->{status}, 403, 'a backend that refuses';
is $reset->{status}, per_stack(stock => 400, ours => 502), 'a backend that breaks off';
is $after->{body}, 'plain', 'and the connection goes on';

done_testing;
