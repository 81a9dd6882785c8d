use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Browser;
use CxxProxy::Httpd;

CxxProxy::Browser->or_skip;

my ($a, $b, $c, $added) = map { CxxProxy::Backend->named($_) } qw(a b c d);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b loadfactor=2
    BalancerMember http://$c
    ProxySet growth=1
</Proxy>
ProxyPass /manager !
ProxyPass / balancer://cluster/
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
CxxProxy::Browser->run('figures.mjs', url => $httpd->url('/manager'), site => $httpd->url('/'),
    members => [map { "http://$_" } $a, $b, $c, $added]);
done_testing;
