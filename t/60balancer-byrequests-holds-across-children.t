use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($one, $two, $three) = map { CxxProxy::Backend->named($_) } 0 .. 2;
my $httpd = CxxProxy::Httpd->start(children => 3, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$one
    BalancerMember http://$two   loadfactor=2
    BalancerMember http://$three loadfactor=3
</Proxy>
ProxyPass / balancer://cluster/
CONF

my %count;
$count{ $httpd->answer('/') }++ for 1 .. 60;
is_deeply \%count, { 0 => 10, 1 => 20, 2 => 30 }, 'the shares are those of all processes together';

done_testing;
