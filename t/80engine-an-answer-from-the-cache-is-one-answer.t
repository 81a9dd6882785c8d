use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);

# mod_cache's quick handler answers before all phases; the content handler must not answer behind it.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->send("HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 4\r\n\r\npage");
    }
});
my $httpd = few_threads(modules => [qw(cache cache_disk)], config => <<"CONF");
CacheRoot __ROOT__/run
CacheEnable disk /kept
KeepAliveTimeout 60
ProxyPass / http://$backend/
CONF

my $client = used_client($httpd);
my $before;
for my $turn (1 .. 4) {
    is $client->request(path => '/kept')->body,  'page', "kept, $turn";
    $before //= $backend->requests;
    is $client->request(path => '/other')->body, 'page', 'the next answer is its own';
}
is $backend->requests, $before + 4, 'and it did come from the cache';
ok !$client->can_read(0.2), 'nothing more comes';

done_testing;
