use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $count = 0;
    while (my $request = $connection->read_request) {
        if ($request->{head} =~ m{/cut}) {
            $connection->send("HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 100\r\n\r\nonly this");
            return;
        }
        $connection->reply(200, 'answer ' . ++$count, 'Cache-Control' => $request->{head} =~ m{/page} ? 'max-age=600' : 'no-store');
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(cache cache_disk)], config => <<"CONF");
CacheRoot __ROOT__/run/cache
CacheEnable disk /
CacheHeader on
ProxyPass / http://$backend/
CONF
mkdir $httpd->root . '/run/cache';
chmod 0777, $httpd->root . '/run/cache';

is $httpd->get('/page')->body, 'answer 1' for 1 .. 3;
like $httpd->get('/page')->header('X-Cache'), qr/^HIT/, 'one answer serves several';
is scalar($backend->requests), 1;
isnt $httpd->get('/other')->body, $httpd->get('/other')->body, 'unless it must not be stored';
ok !$httpd->get('/cut')->complete;
my $again = $httpd->get('/cut');
unlike $again->header('X-Cache') // '', qr/^HIT/, 'a cut answer is not kept';

done_testing;
