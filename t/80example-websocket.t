use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Example;
use CxxProxy::TlsClient;
use CxxProxy::WebSocket;

for my $needed (qw(CxxProxy::WebSocket CxxProxy::Authority CxxProxy::TlsClient)) {
    plan skip_all => $needed->missing if $needed->missing;
}
my $ca     = CxxProxy::Authority->new('Test Authority');
my $pair   = $ca->certificate(san => 'DNS:www.example.org');
my $server = CxxProxy::WebSocket->start('server');
my $app    = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if ($request->{head} !~ /^Upgrade: websocket\r$/mi) { $connection->reply(200, 'a page'); next }
        $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        while (length(my $bytes = $connection->read_some)) { $connection->send($bytes) }
        return;
    }
});
my $site = CxxProxy::Example->open('websocket.conf')->start({
    '10.0.0.11:8081' => $server, '10.0.0.11:8080' => $app,
    '/etc/ssl/certs/www.example.org.pem' => $pair->{cert}, '/etc/ssl/private/www.example.org.key' => $pair->{key},
});

my ($echo) = CxxProxy::WebSocket->ask({ url => 'wss://127.0.0.1:' . $site->port . '/ws/echo', ca => $ca->file, name => 'www.example.org',
    do => [[echo => 1000], [echo => 100_000], ['ping']] });
is_deeply $echo->{told}, ['same', 'same', 'pong'], 'wss:// to the server of WebSockets' or diag $echo->{error} // $echo->{status};

is $site->answer('/chat'), 'a page', 'the application has pages';
my $client = $site->client;
$client->send("GET /chat HTTP/1.1\r\nHost: www.example.org\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
is $client->read_response->status, 101, 'and WebSockets on the same port';
for my $text (qw(one two)) {
    $client->send("$text\n");
    is $client->read_until(qr/\n/), "$text\n", 'both ways';
}
like $app->last_request->{head}, qr/^Host: www\.example\.org\r$/m, 'under the name of the site';

done_testing;
