use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(die_with_parent);
use POSIX ();

# A client that sends much before it reads anything, and a backend that sends meanwhile: the one way never waits for the other,
# whatever thread or reactor has the tunnel.
my ($up, $down) = (8 << 20, 20 << 20);
my $backend = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_head or return;
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    my $sender = fork // die "fork: $!\n";
    if (!$sender) {
        die_with_parent();
        $connection->send('d' x 65536) for 1 .. $down / 65536;
        POSIX::_exit(0);
    }
    my $count = 0;
    while (length(my $bytes = $connection->read_some)) { $count += length $bytes }
    waitpid $sender, 0;
    $connection->note("read $count");
});
for my $mpm (qw(event worker prefork)) {
    my $httpd = CxxProxy::Httpd->start(mpm => $mpm, children => 1, stack => ['proxy_wstunnel'], config => <<"CONF");
Timeout 5
ProxyPass /ws/ ws://$backend/ws/
CONF
    my $client = $httpd->client(receive_buffer => 8192);
    $client->send("GET /ws/x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    is $client->read_response->status, 101, "$mpm: a tunnel";
    ok eval { $client->send('u' x 65536) or die "hung up\n" for 1 .. $up / 65536; 1 }, 'takes all that the client has';
    $client->half_close;
    my $count = 0;
    while (length(my $bytes = $client->read_some)) { $count += length $bytes }
    is $count, $down, 'and brings all that the backend has';
    is +($backend->notes)[-1], "read $up", 'which has heard all of it';
    $httpd->stop;
}

done_testing;
