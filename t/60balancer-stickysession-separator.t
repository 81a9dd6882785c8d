use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://bang>
    BalancerMember http://$a/bang route=r1
    BalancerMember http://$b/bang route=r2
    ProxySet stickysession=SID stickysessionsep=!
</Proxy>
<Proxy balancer://off>
    BalancerMember http://$a/off route=r1
    BalancerMember http://$b/off route=s.r2
    ProxySet stickysession=SID stickysessionsep=Off
</Proxy>
ProxyPass /bang balancer://bang
ProxyPass /off  balancer://off
CONF

sub goes_to ($path, $cookie) { join '', sort map { $httpd->answer($path, Cookie => $cookie) } 1 .. 2 }

is goes_to('/bang', 'SID=s!r2'), 'bb';
is goes_to('/bang', 'SID=s.x!r1'), 'aa';
is goes_to('/bang', 'SID=s.r2'), 'ab', 'the dot does not separate any more';
is goes_to('/off',  'SID=r1'),   'aa', 'off: the whole value is the route';
is goes_to('/off',  'SID=s.r2'), 'bb';
is goes_to('/off',  'SID=s.r1'), 'ab';

done_testing;
