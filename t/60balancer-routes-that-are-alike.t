use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# Names of sessions of the configuration that are too long work as far as they fit; URL and cookie may say different things.
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $long = 'S' x 70;
my $cut  = 'S' x 63;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b route=rb
    ProxySet stickysession=$long
</Proxy>
<Proxy balancer://same>
    BalancerMember http://$a/s route=r
    BalancerMember http://$b/s route=r
    ProxySet stickysession=SID
</Proxy>
<Proxy balancer://standby>
    BalancerMember http://$a/t route=r status=+H
    BalancerMember http://$b/t route=r
    ProxySet stickysession=SID
</Proxy>
ProxyPass /same balancer://same
ProxyPass /standby balancer://standby
ProxyPass / balancer://cluster/
CONF
sub goes_to ($path, $cookie = '') { join '', map { $httpd->answer($path, ($cookie ? (Cookie => $cookie) : ())) } 1 .. 3 }
is goes_to('/', "$cut=x.rb"), 'bbb', 'the name that fits';
is goes_to("/?$cut=x.rb"), 'bbb', 'in a URL';
isnt goes_to('/', 'SID=x.rb'), 'bbb', 'another name is none';
like $httpd->error_log, qr/CXP0101: stickysession=$long of balancer:\/\/cluster is too long/, 'which is said' if is_ours();
is goes_to('/same', 'SID=x.r'), 'aaa', 'two members of one route: the first';
$a->go_down;
is goes_to('/same', 'SID=x.r'), 'bbb', 'when it is down: the other';
$a->come_up;
is goes_to('/standby', 'SID=x.r'), 'bbb', 'a standby of the same route comes second';

done_testing;
