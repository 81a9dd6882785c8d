# mod_heartbeat speaks on a multicast address, mod_heartmonitor listens and shares what it hears. All in a network of the
# test's own, where such packets stay on the loopback device.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(modules_dir);
use CxxProxy::Wait qw(await);
use IO::Socket::IP;
use Socket qw(inet_aton pack_sockaddr_in);

if (!$ENV{CXXPROXY_OWN_NETWORK}) {
    $ENV{CXXPROXY_OWN_NETWORK} = 1;
    plan skip_all => 'a network of its own needs root' if $> != 0;
    my @own     = qw(unshare --net --);
    my $prepare = 'ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo src 127.0.0.1';
    system("@own sh -c '$prepare' >/dev/null 2>&1") == 0 or plan skip_all => 'needs unshare and ip';
    exec @own, 'sh', '-c', $prepare . ' && exec "$@"', 'sh', $^X, $0, @ARGV or die "unshare: $!\n";
}
-e modules_dir() . "/mod_$_.so" or plan skip_all => "needs mod_$_" for qw(heartbeat heartmonitor slotmem_shm);

my ($group, $port) = ('239.255.0.1', 27_999);
my @backend = map { CxxProxy::Backend->named($_, host => "127.0.0.$_") } 1 .. 3;
my $members = join "\n", map { "BalancerMember http://$_" } @backend;
my $httpd   = CxxProxy::Httpd->start(stack => ['lbmethod_heartbeat'],
    modules => [qw(heartbeat heartmonitor status slotmem_shm)], config => <<"CONF");
HeartbeatListen  $group:$port
HeartbeatAddress $group:$port
ExtendedStatus On
<Proxy balancer://cluster>
    $members
    ProxySet lbmethod=heartbeat
</Proxy>
ProxyPass / balancer://cluster/
CONF
unlike $httpd->error_log, qr/AH02282/, 'the shared memory is there';

sub who () { my %seen; $seen{ $httpd->answer('/') }++ for 1 .. 60; join ' ', sort keys %seen }
await('the own heartbeat', sub { who() eq '1' });
is who(), '1', 'the server that speaks is used';

my $speaker = IO::Socket::IP->new(LocalHost => '127.0.0.2', Proto => 'udp') or die "$@\n";
# What the server says of itself is at one moment that it has places, and at another that it has none.
my $seen;
await('another heartbeat', sub {
    $speaker->send('v=1&ready=40&busy=2', 0, pack_sockaddr_in($port, inet_aton($group)));
    ($seen = who()) eq '1 2';
});
is $seen, '1 2', 'one that begins to speak joins';

done_testing;
