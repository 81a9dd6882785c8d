use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(settled);
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::WatchedMember qw(another_checker checker until_settled);

# A member that the balancer-manager adds is checked once the manager says how, by whatever process, until it says no more.
plan skip_all => 'stock modules: a graceful restart forgets all changes' if is_stock;

my ($first, $added) = map { CxxProxy::WatchedMember->start($_) } qw(first added);
my $httpd = CxxProxy::Httpd->start(CxxProxy::WatchedMember->told, children => 3, threads => 4, stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$first
    ProxySet growth=2
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my %added = (b => 'cluster', w => "http://$added");

is $manager->change(b => 'cluster', b_nwrkr => "http://$added", b_wyes => 1)->status, 200;
is $manager->change(%added, w_hm => 'GET', w_hi => '100ms', w_hu => '/health', w_status_D => 0)->status, 200;
$added->wait_for_checks(2);
like +($added->checks)[0], qr{^GET /health HTTP/1\.0\r\nHost: \Q$added\E\r\n\r\n\z}, 'a member of the manager is checked';
is scalar($first->checks), 0, 'the other one is not';
sub who () { my %seen; $seen{ $httpd->answer('/') }++ for 1 .. 12; return join ' ', sort keys %seen }
is who, 'added first';

$added->sick;
until_status($manager, 'cluster', $added{w}, qr/HcFl/);
is who, 'first', 'bad, it is out';

kill 'KILL', my $pid = checker($httpd);
another_checker($httpd, $pid);
$added->wait_for_further_checks(2);
is who, 'first', 'another process knows it, too';
my @before = $httpd->children;
$httpd->graceful;
another_checker($httpd, @before);
$added->wait_for_further_checks(2);
is who, 'first', 'and a new generation';

$manager->change(%added, w_hu => '/other/health');
$added->wait_for_further_checks(2);
like +($added->checks)[-1], qr{^GET /other/health }, 'another path is asked for at once';
$manager->change(%added, w_hm => 'HEAD');
$added->wait_for_further_checks(2);
like +($added->checks)[-1], qr{^HEAD /other/health }, 'so is another method';
$manager->change(b => 'cluster', w => "http://$first", w_hm => 'OPTIONS', w_hi => '100ms');
$first->wait_for_checks(1);
like +($first->checks)[0], qr/^OPTIONS \* /, 'one of the configuration may be checked, too';

$added->well;
until_status($manager, 'cluster', $added{w}, qr/Ok/);
is who, 'added first', 'it comes back';
$manager->change(%added, w_hm => 'NONE');
settled(sub { scalar $added->checks });
my $checks = () = $added->checks;
$first->wait_for_further_checks(5);
is scalar(() = $added->checks), $checks, 'NONE: no more checks';
is $_->most_at_once, 1, 'never two at once' for $first, $added;

until_settled($httpd);
done_testing;
