use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $one     = CxxProxy::Backend->named('one');
my $two     = CxxProxy::Backend->named('two');
my $standby = CxxProxy::Backend->named('standby');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$standby status=+H
    BalancerMember http://$one
    BalancerMember http://$two
</Proxy>
ProxyPass / balancer://cluster/
CONF

sub seen ($count) { my %seen; $seen{ $httpd->answer('/') }++ for 1 .. $count; join ' ', sort keys %seen }

is seen(6), 'one two', 'not while others are well';
$one->go_down;
is seen(6), 'two', 'nor while one other is';
$two->go_down;
is seen(4), 'standby', 'but when they are down';

done_testing;
