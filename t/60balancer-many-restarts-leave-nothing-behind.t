use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(descriptors);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours is_sanitized);
use CxxProxy::Wait qw(await);

plan skip_all => 'stock modules: a restart forgets all changes' unless is_ours();

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $config = sub ($more = '') { <<"CONF" };
BalancerPersist On
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    $more
    ProxySet growth=2
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd    = CxxProxy::Httpd->start(config => $config->());
my $manager  = CxxProxy::Manager->new($httpd, '/manager');
my $restarts = $ENV{CXXPROXY_RESTARTS} // (is_sanitized() ? 10 : 40);

# Mappings of shared memory, files of the runtime directory, System V segments.
sub shared ($pid) { scalar grep { m{/dev/zero|/SYSV|/dev/shm} } split /\n/, CxxProxy::Httpd::slurp("/proc/$pid/maps") }
sub segments () { scalar grep { /\d/ } split /\n/, CxxProxy::Httpd::slurp('/proc/sysvipc/shm') }
sub files () { join ' ', sort map { s{.*/}{}r } glob $httpd->root . '/run/*' }

$manager->change(b => 'cluster', b_nwrkr => "http://$c", b_wyes => 1);
$httpd->graceful for 1 .. 2;
my ($descriptors, $shared, $segments, $files) = (descriptors($httpd->pid), shared($httpd->pid), segments(), files());
my ($elected, @lost) = (0);
for my $restart (1 .. $restarts) {
    my %change = (w_lf => 1 + $restart % 50, w_wr => "r$restart", w_status_D => $restart % 2);
    $manager->change(b => 'cluster', w => "http://$c", %change);
    $manager->change(b => 'cluster', b_tmo => $restart);
    $httpd->answer('/') for 1 .. 2;
    my $sum = 0;
    $sum += $_->{elected} for values %{ $manager->balancer('cluster')->{members} };
    # Now and then the configuration has another member, or has not, or it is no graceful restart.
    my $text = $config->($restart % 3 ? '' : 'BalancerMember http://127.0.0.1:9 status=+D');
    $restart % 5 ? $httpd->graceful($text) : $httpd->restart($text);
    my $now    = $manager->balancer('cluster');
    my $member = $now->{members}{"http://$c"} // {};
    my $after  = 0;
    $after += $_->{elected} for values %{ $now->{members} };
    push @lost, "restart $restart: " . join ' ', map { "$_=" . ($member->{$_} // 'none') } qw(loadfactor route status)
        unless ($member->{loadfactor} // 0) == $change{w_lf} && $member->{route} eq $change{w_wr}
        && ($member->{status} =~ /Dis/ xor !$change{w_status_D});
    push @lost, "restart $restart: timeout $now->{timeout}" unless $now->{timeout} == $restart;
    push @lost, "restart $restart: elected $after after $sum" unless $after >= $sum;
}
is_deeply \@lost, [], "nothing is lost in $restarts restarts";
cmp_ok descriptors($httpd->pid), '<=', $descriptors + 1, 'no descriptor is left behind';
await('mappings of shared memory to go', sub { shared($httpd->pid) == $shared });    # with the last child of a generation
is segments(), $segments, 'nor a segment of the system';
is files(), $files, 'nor a file';
is scalar($httpd->children), 1, 'nor a child';
is $httpd->get('/')->status, 200;

done_testing;
