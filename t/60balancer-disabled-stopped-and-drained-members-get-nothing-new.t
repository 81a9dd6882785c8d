use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($ok, $disabled, $stopped, $drained, $failed) = map { CxxProxy::Backend->named($_) } qw(ok disabled stopped drained failed);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$disabled status=+D route=d
    BalancerMember http://$stopped  status=+S route=s
    BalancerMember http://$drained  status=+N route=n
    BalancerMember http://$failed   status=+C route=c
    BalancerMember http://$ok       route=ok
    ProxySet stickysession=SID
</Proxy>
ProxyPass / balancer://cluster/
CONF

is $httpd->answer('/'), 'ok' for 1 .. 4;
is $httpd->answer('/', Cookie => 'SID=x.n'), 'drained', 'a session of the drained member stays with it';
is $httpd->answer('/', Cookie => "SID=x.$_"), 'ok', "a session of $_ moves" for qw(d s c);

done_testing;
