use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads memory ours_only);
use CxxProxy::Stack qw(is_sanitized);

# Once it has spoken a tunnel keeps what its end needs, and no buffer.
ours_only();
plan skip_all => 'the sanitizers keep what is freed' if is_sanitized();

my $limit    = 24;     # KiB each
my $tunnels  = 400;
my $sockets = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    while (length(my $bytes = $connection->read_some)) { $connection->send(uc $bytes) }
});
my $httpd = few_threads(config => "AsyncRequestWorkerFactor 1000\nProxyPass /ws/ ws://$sockets/ws/");
my ($child) = $httpd->children;

sub tunnel {
    my $client = $httpd->client;
    $client->send("GET /ws/x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    $client->read_response->status == 101 or die "no tunnel\n";
    $client->send('at once');
    $client->read_until(qr/AT ONCE/);
    return $client;
}

sub speak ($word, @clients) {
    $_->send($word) for @clients;
    return scalar grep { $_->read_until(qr/\U$word/) eq uc $word } @clients;
}

my @clients = map { tunnel() } 1 .. 40;
is speak('warm', @clients), 40, 'what the process needs once is there';
my $before = memory($child);
my @more = map { tunnel() } 1 .. $tunnels;
is speak('hello', @more), $tunnels, 'tunnels that have spoken';
my $each = (memory($child) - $before) / $tunnels;
cmp_ok $each, '<', $limit, sprintf 'KiB each: %.1f', $each;
is speak('x' x 5000, @more), $tunnels, 'and a longer word';
$each = (memory($child) - $before) / $tunnels;
cmp_ok $each, '<', $limit, sprintf 'KiB each: %.1f', $each;

done_testing;
