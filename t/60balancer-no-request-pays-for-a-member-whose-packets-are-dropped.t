# In a network of the test's own: what is for the member leads into a cable to nobody, until its address is this machine's again.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(seconds_for);
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::WatchedMember;

my $address = '10.203.0.2';
if (!$ENV{CXXPROXY_OWN_NETWORK}) {
    $ENV{CXXPROXY_OWN_NETWORK} = 1;
    plan skip_all => 'a network of its own needs root' if $> != 0;
    my @own     = qw(unshare --net --);
    my $prepare = join ' && ', 'ip link set lo up', 'ip link add near type veth peer name far', 'ip link set near up', 'ip link set far up',
        'ip addr add 10.203.0.1/24 dev near', "ip neigh add $address lladdr 02:00:00:00:00:01 dev near nud permanent";
    system("@own sh -c '$prepare' >/dev/null 2>&1") == 0 or plan skip_all => 'needs unshare, ip and a pair of devices';
    exec @own, 'sh', '-c', $prepare . ' && exec "$@"', 'sh', $^X, $0, @ARGV or die "unshare: $!\n";
}
sub reachable ($how) { system('ip', 'addr', $how, "$address/32", 'dev', 'lo') == 0 or die "ip addr $how: $?\n" }

reachable('add');
my $good = CxxProxy::WatchedMember->start('good');
my $away = CxxProxy::WatchedMember->start('away', host => $address);
my $httpd = CxxProxy::Httpd->start(children => 2, threads => 8, stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$good @{[$good->keys]}
    BalancerMember http://$away @{[$away->keys]} connectiontimeout=2 timeout=1
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

$away->wait_for_further_checks(2);
my %seen;
$seen{ $httpd->answer('/') }++ for 1 .. 20;
is_deeply \%seen, { good => 10, away => 10 }, 'both serve';

reachable('del');
until_status($manager, 'cluster', "http://$away", qr/HcFl/);
my (@wrong, $worst);
$worst = 0;
for (1 .. 40) {
    my $answer;
    my $seconds = seconds_for(sub { $answer = $httpd->answer('/') });
    push @wrong, $answer if $answer ne 'good';
    $worst = $seconds if $seconds > $worst;
}
is_deeply \@wrong, [], 'unreachable: the other one answers';
cmp_ok $worst, '<', 1.5, 'at once';

reachable('add');
until_status($manager, 'cluster', "http://$away", qr/Ok/);
$away->wait_for_further_checks(1);
%seen = ();
$seen{ $httpd->answer('/') }++ for 1 .. 20;
is_deeply \%seen, { good => 10, away => 10 }, 'reachable, it has its share again';

done_testing;
