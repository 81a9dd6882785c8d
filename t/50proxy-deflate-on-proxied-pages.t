use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use Compress::Zlib;

my $page    = join '', map { "line $_ of a page that compresses well\n" } 1 .. 5000;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if ($request->{head} =~ m{/events}) {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
            for my $n (1 .. 3) {
                $connection->wait_for_release("event$n");
                $connection->send("event $n\n");
            }
            return;
        }
        $connection->reply(200, $page, 'Content-Type' => 'text/html');
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(deflate filter)], config => <<"CONF");
ProxyPass / http://$backend/
AddOutputFilterByType DEFLATE text/html
CONF

my $response = $httpd->get('/page', 'Accept-Encoding' => 'gzip');
is $response->header('Content-Encoding'), 'gzip';
is Compress::Zlib::memGunzip($response->body), $page, 'the page, unpacked';
cmp_ok $response->body_length, '<', length($page) / 5;
is $httpd->get('/page')->body, $page, 'who does not want it gets it plain';

# Events still come at once: the filter is flushed when the backend pauses.
my $client = $httpd->client;
$client->send("GET /events HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
$client->read_until(qr/\r\n\r\n/);
my ($inflate) = inflateInit(-WindowBits => 31);
my $plain = '';
for my $n (1 .. 3) {
    $backend->release("event$n");
    until ($plain =~ /event $n\n/) {
        my ($size) = $client->read_until(qr/\r\n/) =~ /^([0-9a-f]+)/i or last;
        my $chunk = '';
        $client->read_exactly(hex $size, sub ($bytes) { $chunk .= $bytes });
        $client->read_until(qr/\r\n/);
        last unless hex $size;
        my ($output) = $inflate->inflate($chunk);
        $plain .= $output;
    }
    like $plain, qr/event $n\n/, "event $n";
}

done_testing;
