use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b, $c, $standby) = map { CxxProxy::Backend->named($_) } qw(a b c standby);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$c lbset=5
    BalancerMember http://$b lbset=1
    BalancerMember http://$standby lbset=0 status=+H
    BalancerMember http://$a lbset=0
</Proxy>
ProxyPass / balancer://cluster/
CONF

sub next_four () { join ' ', map { $httpd->answer('/') } 1 .. 4 }

is next_four, 'a a a a';
$a->go_down;
is next_four, 'standby standby standby standby', 'the standby of a set before the next set';
$standby->go_down;
is next_four, 'b b b b';
$b->go_down;
is next_four, 'c c c c';

done_testing;
