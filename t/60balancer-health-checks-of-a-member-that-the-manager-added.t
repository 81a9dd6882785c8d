use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# A member that is added through the manager is checked when it is told to be.
my ($one, $added) = map { CxxProxy::HealthCheck->member($_) } qw(one added);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$one @{[$one->keys]} status=+H
    ProxySet growth=2
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url     = "http://$added";

is $manager->change(b => 'cluster', b_wyes => 1, b_nwrkr => $url)->status, 200;
is $manager->row($url)->{'HC Method'}, 'NONE', 'a new member has no checks';
$one->wait_for_further_checks(3);
is scalar $added->checks, 0, 'and gets none';
$manager->change(b => 'cluster', w => $url, w_hm => 'GET', w_hi => 100, w_hu => '/added/health', w_status_D => 0);
$added->wait_for_checks(2);
is +($added->checks)[0], "GET /added/health HTTP/1.0\r\nHost: $added\r\n\r\n", 'until it is told to be';
is $httpd->answer('/'), 'added', 'it serves';
$added->sick;
is until_status($manager, 'cluster', $url, qr/HcFl/), 'Init HcFl ', 'it leaves';
is $httpd->answer('/'), 'one', 'the standby serves';
$added->well;
is until_status($manager, 'cluster', $url, qr/Ok/), 'Init Ok ', 'it comes back';

done_testing;
