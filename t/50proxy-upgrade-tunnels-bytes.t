use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(await);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    $connection->note($head);
    if ($head =~ m{/refuse}) { return $connection->reply(200, 'no', Connection => 'close') }
    my $protocol = $head =~ m{/other} ? 'other' : 'websocket';
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: $protocol\r\nX-Accept: 1\r\n\r\n");
    $connection->send('hello from the backend ');
    while (length(my $bytes = $connection->read_some)) { $connection->send(uc $bytes) }
    $connection->send('bye');
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /ws     http://$backend/ws     upgrade=websocket
ProxyPass /any    http://$backend/any    upgrade=ANY
ProxyPass /named  http://$backend/named  upgrade=h2c
ProxyPass /refuse http://$backend/refuse upgrade=websocket
ProxyPass /other  http://$backend/other  upgrade=websocket
ProxyPass /plain  http://$backend/plain
CONF

sub upgrade ($path, $protocol = 'websocket') {
    my $client = $httpd->client;
    $client->send("GET $path HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: $protocol\r\nSec-WebSocket-Key: x\r\n\r\n");
    return $client;
}

for my $path (qw(/ws /any)) {
    my $client   = upgrade($path);
    my $response = $client->read_response;
    is $response->status, 101, $path;
    is lc $response->header('Upgrade'), 'websocket';
    is $response->header('Connection'), 'Upgrade';
    is $response->header('X-Accept'), 1;
    is $client->read_until(qr/backend /), 'hello from the backend ';
    for my $word (qw(one two three)) {
        $client->send($word);
        is $client->read_until(qr/\U$word/), uc $word;
    }
    $client->half_close;
    is $client->read_all, 'bye', 'a half-close goes through';
}
like +($backend->notes)[0], qr{\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$}, "the request says so at its end";
like +($backend->notes)[0], qr/^Sec-WebSocket-Key: x\r$/m;

is upgrade('/refuse')->read_response->body, 'no', 'a backend that stays with HTTP';
is upgrade('/other')->read_response->status, 502, 'a backend that speaks of something else';
is upgrade('/plain')->read_response->status, 502, 'a switch that nobody asked for';
unlike +($backend->notes)[-1], qr/^Upgrade:/m, 'without upgrade= nothing is passed on';
is upgrade('/ws', 'something')->read_response->status, 502;
unlike +($backend->notes)[-1], qr/^Upgrade:/m, 'nor another protocol';
for my $protocol ('h2c', 'TLS/1.0', 'foo, H2C', 'HTTP/2.0') {
    upgrade('/any', $protocol)->read_response;
    my $passed = ($backend->notes)[-1] =~ /^Upgrade:/m ? 'passed' : 'kept';
    is $passed, per_stack(stock => 'passed', ours => 'kept'), "ANY does not mean $protocol, in which a client could hide requests";
}
upgrade('/named', 'h2c')->read_response;
like +($backend->notes)[-1], qr/^Upgrade: h2c\r$/m, 'unless it is named';
my $before = () = $backend->notes;
my $old    = $httpd->client;
$old->send("GET /ws HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
await('the request', sub { $before < (() = $backend->notes) });    # stock tells such a client nothing at all
is +(($backend->notes)[-1] =~ /^Upgrade:/m ? 'passed' : 'kept'), per_stack(stock => 'passed', ours => 'kept'), 'HTTP/1.0 knows no upgrades';

done_testing;
