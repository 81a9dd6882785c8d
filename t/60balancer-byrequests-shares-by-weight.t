use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($one, $two, $three) = map { CxxProxy::Backend->named($_) } 0 .. 2;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://weighted>
    BalancerMember http://$one
    BalancerMember http://$two   loadfactor=2
    BalancerMember http://$three loadfactor=3
    ProxySet lbmethod=byrequests
</Proxy>
<Proxy balancer://equal>
    BalancerMember http://$one/1
    BalancerMember http://$two/2
    BalancerMember http://$three/3
</Proxy>
<Proxy balancer://decimal>
    BalancerMember http://$one/d loadfactor=1
    BalancerMember http://$two/d loadfactor=1.5
</Proxy>
ProxyPass /weighted balancer://weighted
ProxyPass /equal    balancer://equal
ProxyPass /decimal  balancer://decimal
CONF

sub sequence ($path, $count) { join '', map { $httpd->answer($path) } 1 .. $count }

is sequence('/weighted', 12), '210212210212', '1:2:3';
is sequence('/equal', 7),     '0120120',      'in turn';
is sequence('/decimal', 10),  '1010110101',   '1:1.5';

done_testing;
