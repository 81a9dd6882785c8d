use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $off  = CxxProxy::Backend->named('off');
my $down = CxxProxy::Backend->closed;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://strict>
    BalancerMember http://$a route=a
    BalancerMember http://$b route=b
    BalancerMember http://$down route=down
    BalancerMember http://$off route=off status=+D
    ProxySet stickysession=SID nofailover=On
</Proxy>
<Proxy balancer://loose>
    BalancerMember http://$a/loose route=a
    BalancerMember http://$down/loose route=down
    ProxySet stickysession=SID
</Proxy>
ProxyPass /strict balancer://strict
ProxyPass /loose  balancer://loose
CONF

sub goes_to ($path, $route) { $httpd->answer($path, Cookie => "SID=s.$route") }

is goes_to('/strict', 'a'),    'a';
is goes_to('/strict', 'down'), 503, 'a session of a lost member is lost';
is goes_to('/strict', 'down'), 503, 'still';
is goes_to('/strict', 'off'),  503, 'also of a disabled one';
like goes_to('/strict', 'unknown'), qr/^[ab]$/, 'but a route of nobody is no session';
like $httpd->answer('/strict'), qr/^[ab]$/, 'and new sessions find somebody';
is goes_to('/loose', 'down'), 'a', 'without nofailover the session moves';

done_testing;
