use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_sanitized);

my $size  = is_sanitized() ? 200_000_000 : 2_000_000_000;
my $block = join('', map { chr(65 + $_ % 26) } 0 .. 65535) x 4;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        if ($head =~ /^GET/) {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Length: $size\r\n\r\n");
            for (my $left = $size; $left > 0; $left -= length $block) {
                $connection->send($left < length $block ? substr $block, 0, $left : $block) or return;
            }
        }
        else {
            my $body = $connection->read_body($head, digest => 0);
            $connection->reply(200, "$body->{length} $body->{complete}");
        }
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

my $client = $httpd->client(limit => 120);
my $before = $httpd->resident;
my $most   = 0;
my $pieces = 0;
my $watch  = sub (@) { return if $pieces++ % 500; my $now = $httpd->resident; $most = $now if $now > $most };
my $limit  = 64_000;    # kB more than at rest

my $response = $client->request(sink => $watch);
is $response->body_length, $size, 'down';
ok $response->complete;
cmp_ok $most - $before, '<', $limit, 'memory of the server meanwhile';

($most, $pieces) = (0, 0);
$client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: $size\r\n\r\n");
for (my $left = $size; $left > 0; $left -= length $block) {
    $client->send($left < length $block ? substr $block, 0, $left : $block) or last;
    $watch->();
}
is $client->read_response->body, "$size 1", 'up';
cmp_ok $most - $before, '<', $limit, 'memory of the server meanwhile';

done_testing;
