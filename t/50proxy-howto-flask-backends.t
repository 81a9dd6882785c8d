use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::Flask;
use CxxProxy::Httpd;

# A tutorial's two applications of Flask, first one of them behind the proxy, then both in a balancer.
plan skip_all => CxxProxy::Flask->missing if CxxProxy::Flask->missing;
my @backends = map { CxxProxy::Flask->start($_) } "return 'Hello world! ' + request.host", "return 'Howdy world! ' + request.host";
my ($first, $second) = map { $_->wait } @backends;

my $httpd = CxxProxy::Httpd->start(CxxProxy::Example->enabled(qw(proxy proxy_http proxy_balancer lbmethod_byrequests)), config => <<"CONF");
<VirtualHost *:__PORT__>
    ProxyPreserveHost On

    ProxyPass / http://$first/
    ProxyPassReverse / http://$first/
</VirtualHost>
CONF
is join(', ', map { $httpd->answer('/', Host => 'your-server.test') } 1 .. 3), join(', ', ('Hello world! your-server.test') x 3),
    'the first one, which sees the name that the client used';
is $httpd->get('/none')->status, 404, 'its pages that are not there';

$httpd->restart(<<"CONF");
<VirtualHost *:__PORT__>
<Proxy balancer://mycluster>
    BalancerMember http://$first
    BalancerMember http://$second
</Proxy>

    ProxyPreserveHost On

    ProxyPass / balancer://mycluster/
    ProxyPassReverse / balancer://mycluster/
</VirtualHost>
CONF
is join(', ', map { $httpd->answer('/', Host => 'h') } 1 .. 4), 'Hello world! h, Howdy world! h, Hello world! h, Howdy world! h',
    'reloading shows both in turn';
$backends[0]->stop;
is join(', ', map { $httpd->answer('/', Host => 'h') } 1 .. 3), join(', ', ('Howdy world! h') x 3), 'and the other one alone when one is ended';

done_testing;
