use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# ProxyWebsocketFallbackToProxyHttp Off: a ws:// backend gets upgrades, and nothing else.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    $connection->note($head);
    return $connection->reply(200, 'http', Connection => 'close') unless $head =~ /^Upgrade: (\S+)\r/m;
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: $1\r\n\r\n");
    while (length(my $bytes = $connection->read_some)) { $connection->send(uc $bytes) }
});
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_wstunnel'], config => <<"CONF");
ProxyWebsocketFallbackToProxyHttp Off
ProxyPass /ws/ ws://$backend/ws/
ProxyPass /ws/ http://$backend/next/
ProxyPass /foo/ ws://$backend/foo/ upgrade=foo
<Location /with/>
    ProxyWebsocketFallbackToProxyHttp On
    ProxyPass ws://$backend/with/
</Location>
CONF

sub upgrade ($path, $protocol) {
    my $client = $httpd->client;
    $client->send("GET $path HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: $protocol\r\n\r\n");
    return $client;
}
sub tunnels ($path, $protocol) {
    my $client   = upgrade($path, $protocol);
    my $response = $client->read_response;
    return $response->status unless $response->status == 101;
    $client->send('word');
    return $client->read_until(qr/WORD/);
}

is tunnels('/ws/x', 'websocket'), 'WORD', 'an upgrade goes through';
is tunnels('/foo/x', 'foo'), 'WORD', 'one by another name, too';
is $httpd->get('/ws/x')->body, 'http', 'a request without one is for the next mapping';
like +($backend->notes)[-1], qr{^GET /next/x }, 'as that has it';
is $httpd->get('/foo/x')->status, 404, 'or for nobody';
is $httpd->get('/with/x')->body, 'http', 'where it is On, it is a request';

my $response = upgrade('/foo/x', 'bar')->read_response;
is $response->status, 426, 'an upgrade to something else';
is $response->header('Upgrade'), 'foo', 'with the name of what there is';

done_testing;
