use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# How a tunnel ends: by either side, by nobody saying anything, and what the next ones see of it.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    my ($what) = $head =~ m{^GET /ws/(\w+)};
    return $connection->reply(200, 'http', Connection => 'close') unless $head =~ /^Upgrade: websocket\r/mi;
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello ");
    return $connection->reset if $what eq 'reset';
    while (length(my $bytes = $connection->read_some)) { $connection->send(uc $bytes) }
    $connection->note("$what: the client has ended");
    $connection->send('last words') if $what eq 'last';
});
my $ours  = is_ours() ? "ProxyPass /given/ ws://$backend/ws/ tunneltimeout=300ms" : '';
my $httpd = CxxProxy::Httpd->start(modules => ['env', 'setenvif'], stack => ['proxy_wstunnel'], config => <<"CONF");
Timeout 1
SetEnvIf Request_URI ^/ws/together proxy-nohalfclose
ProxyPass /ws/ ws://$backend/ws/ timeout=1
$ours
LogFormat "%U %>s" tunnels
CustomLog __ROOT__/logs/tunnels tunnels
CONF

sub tunnel ($path) {
    my $client = $httpd->client;
    $client->send("GET $path HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    my $status = $client->read_response->status;
    is $status, 101, "$path: a tunnel";
    is $client->read_until(qr/hello /), 'hello ', 'with a greeting';
    return $client;
}

my $client = tunnel('/ws/last');
$client->send('word');
is $client->read_until(qr/WORD/), 'WORD';
$client->half_close;
is $client->read_all, 'last words', 'the client ends its side: the backend has the last word';

$client = tunnel('/ws/together');
$client->half_close;
is $client->read_all, '', 'with proxy-nohalfclose the tunnel ends at once';

$client = tunnel('/ws/reset');
is $client->read_all, '', 'a backend that resets: the client sees an end';

$client = tunnel('/ws/idle');
is $client->read_all, '', 'nobody says anything: it ends by itself';
if (is_ours()) {
    $client = tunnel('/given/idle');
    is $client->read_all, '', 'after as long as is said';
}
is $httpd->get('/ws/get')->body, 'http', 'a request as always';
my @lines = $httpd->log_lines('tunnels', is_ours() ? 6 : 5);
is scalar(grep { / 101$/ } @lines), @lines - 1, 'each is in the log once it has ended';

done_testing;
