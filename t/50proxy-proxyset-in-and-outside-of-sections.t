use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my @backends = map { CxxProxy::Backend->named($_) } 'a' .. 'f';
my ($a, $b, $c, $d, $e, $f) = @backends;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy http://$a disablereuse=on>
</Proxy>
<Proxy http://$b>
    ProxySet disablereuse=on
</Proxy>
ProxyPass /a http://$a
ProxyPass /b http://$b
ProxyPass /c http://$c
ProxySet http://$c disablereuse=on
<Proxy balancer://one lbmethod=byrequests stickysession=SID>
    BalancerMember http://$d loadfactor=1 disablereuse=on route=d
    BalancerMember http://$e route=e
</Proxy>
BalancerMember balancer://two http://$f route=f
BalancerMember balancer://two http://$d/two route=d
ProxySet balancer://two stickysession=SID
ProxyPass /one balancer://one
ProxyPass /two balancer://two
ProxyPass /three balancer://three stickysession=SID
BalancerMember balancer://three http://$e/three route=e
BalancerMember balancer://three http://$f/three route=f
CONF

for my $case ([a => $a], [b => $b], [c => $c]) {
    my ($path, $backend) = @$case;
    is $httpd->answer("/$path"), $path for 1 .. 2;
    is $backend->connection_count, 2, "$path: the key is in force";
}
is join('', map { $httpd->answer('/one', Cookie => 'SID=s.d') } 1 .. 3), 'ddd', 'on the section\'s own line';
is $d->connection_count, 3;
is join('', map { $httpd->answer('/two', Cookie => 'SID=s.f') } 1 .. 3), 'fff', 'outside of any section';
is join('', map { $httpd->answer('/three', Cookie => 'SID=s.e') } 1 .. 3), 'eee', 'on the ProxyPass line';

done_testing;
