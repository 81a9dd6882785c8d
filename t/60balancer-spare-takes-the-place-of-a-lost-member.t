use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($one, $two, $spare, $other) = map { CxxProxy::Backend->named($_) } qw(one two spare other);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$spare status=+R
    BalancerMember http://$other status=+R
    BalancerMember http://$one
    BalancerMember http://$two
</Proxy>
ProxyPass / balancer://cluster/
CONF

sub seen ($count) { my %seen; $seen{ $httpd->answer('/') }++ for 1 .. $count; join ' ', sort keys %seen }

is seen(6), 'one two', 'spares rest';
$one->go_down;
$httpd->get('/') for 1 .. 2;
is seen(8), 'spare two', 'one member lost, one spare joins: the first';
$two->go_down;
$httpd->get('/') for 1 .. 2;
is seen(8), 'other spare', 'two lost, two join';

done_testing;
