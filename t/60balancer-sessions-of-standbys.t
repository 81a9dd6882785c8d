use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $standby, $spare) = map { CxxProxy::Backend->named($_) } qw(a standby spare);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$standby route=s status=+H
    BalancerMember http://$spare   route=r status=+R
    BalancerMember http://$a       route=a
    ProxySet stickysession=SID
</Proxy>
ProxyPass / balancer://cluster/
CONF

sub goes_to ($route) { join ' ', map { $httpd->answer('/', Cookie => "SID=x.$route") } 1 .. 2 }

is goes_to('a'), 'a a';
is goes_to('s'), 'standby standby', 'a session that began on a standby stays there';
is goes_to('r'), 'spare spare';
is $httpd->answer('/'), 'a', 'new ones do not go there';

done_testing;
