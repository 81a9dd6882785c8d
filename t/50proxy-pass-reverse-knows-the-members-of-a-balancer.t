use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($value) = $request->{head} =~ m{\?to=(\S*) };
        $connection->reply(302, '', Location => $value);
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
    BalancerMember http://spare.test:8080/base status=+D
</Proxy>
ProxyPass        /app balancer://cluster/inner
ProxyPassReverse /app balancer://cluster/inner
ProxyPassReverse /any balancer://cluster
CONF

sub turns ($value, $expected) {
    is $httpd->get("/app?to=$value")->header('Location'), $expected, $value;
}

turns "http://$backend/inner/x",              'http://proxy.test/app/x';
turns 'http://spare.test:8080/base/inner/x',  'http://proxy.test/app/x';
turns 'http://spare.test:8080/inner/x',       'http://spare.test:8080/inner/x';
turns "http://$backend/elsewhere/x",          'http://proxy.test/any/elsewhere/x';
turns 'http://spare.test:8080/base/else',     'http://proxy.test/any/else';
turns 'http://stranger.test/inner/x',         'http://stranger.test/inner/x';
turns 'balancer://cluster/inner/x',           'balancer://cluster/inner/x';

done_testing;
