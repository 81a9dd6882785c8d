use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($one, $two, $three) = map { CxxProxy::Backend->named($_) } qw(one two three);
my $never = CxxProxy::Backend->closed;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$never
    BalancerMember http://$one
    BalancerMember http://$two
    BalancerMember http://$three
</Proxy>
ProxyPass / balancer://cluster/
CONF

my %count;
$count{ $httpd->answer('/') }++ for 1 .. 9;
is_deeply \%count, { one => 3, two => 3, three => 3 }, 'one member was never there';

$_->go_down for $one, $two;
is $httpd->answer('/'), 'three', 'two more go' for 1 .. 4;
is $httpd->request(method => 'POST', body => 'x' x 10_000)->body, 'three';

$three->go_down;
is $httpd->get('/')->status, 503, 'all gone';

$two->come_up;
is $httpd->answer('/'), 'two', 'forcerecovery: when all are in error, errors are forgiven at once';

done_testing;
