use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# A virtual host that persists does so for the main server's balancers that it shares.
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet nonce=sesame
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
@{[CxxProxy::Httpd->virtual_host(undef, 'ServerName one.test', 'BalancerPersist On', 'ProxyPass /manager !', 'ProxyPass / balancer://cluster/')]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager', host => 'one.test');
$httpd->graceful;
$manager->change(b => 'cluster', w => "http://$a", w_status_D => 1, b_tmo => 7);
$httpd->stop;
$httpd->start_again;
is $manager->member('cluster', "http://$a")->{status}, 'Init Dis ', 'a member';
is $manager->balancer('cluster')->{timeout}, 7, 'the balancer';

done_testing;
