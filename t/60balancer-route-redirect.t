use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b, $c, $x, $l) = map { CxxProxy::Backend->named($_) } qw(a b c x l);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=a redirect=c status=+D
    BalancerMember http://$b route=b
    BalancerMember http://$c route=c
    BalancerMember http://$x route=x redirect=a status=+D
    BalancerMember http://$l route=l redirect=l status=+D
    ProxySet stickysession=SID
</Proxy>
ProxyPass / balancer://cluster/
CONF

sub goes_to ($route) { join '', map { $httpd->answer('/', Cookie => "SID=s.$route") } 1 .. 3 }

is goes_to('a'), 'ccc', 'sessions of a disabled member go where it says';
is goes_to('c'), 'ccc';
is goes_to('x'), 'ccc', 'also over two hops';
like goes_to('l'), qr{^[bc]{3}$}, 'a circle leads nowhere';

done_testing;
