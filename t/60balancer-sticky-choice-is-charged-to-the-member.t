use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=a
    BalancerMember http://$b route=b
    ProxySet stickysession=SID
</Proxy>
ProxyPass / balancer://cluster/
CONF

$httpd->get('/', Cookie => 'SID=s.a') for 1 .. 4;
is join('', map { $httpd->answer('/') } 1 .. 8), 'bbbbabab', 'new sessions make up for it';

done_testing;
