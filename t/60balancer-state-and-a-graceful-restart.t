use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $down = CxxProxy::Backend->closed;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    BalancerMember http://$down
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub status ($url) { $manager->member('cluster', "http://$url")->{status} }

$httpd->get('/') for 1 .. 3;
$manager->change(b => 'cluster', w => "http://$a", w_status_D => 1);
is status($a), 'Init Dis ';
is status($down), 'Init Err ';

$httpd->graceful;
is $httpd->answer('/') =~ /^[ab]$/, 1, 'the new generation serves';
is status($a), per_stack(stock => 'Init Ok ', ours => 'Init Dis '), 'what the manager changed';
is status($down), per_stack(stock => 'Init Ok ', ours => 'Init Err '), 'what the traffic found out';

done_testing;
