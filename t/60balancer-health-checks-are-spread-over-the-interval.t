use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::Wait qw(await);
use CxxProxy::WatchedMember;
use List::Util qw(max min);

# Many members of one interval are not checked in one instant, neither at first nor later.
plan skip_all => 'stock modules: all that are due are checked at once' if is_stock;

my ($count, $interval) = (200, 2);
my $backend = CxxProxy::WatchedMember->start('all', host => '0.0.0.0');
my $port    = $backend->port;
my $httpd   = CxxProxy::Httpd->start(children => 2, threads => 4, stack => ['proxy_hcheck'], config => join "\n",
    '<Proxy balancer://cluster>',
    (map { "BalancerMember http://127.0.1.$_:$port hcmethod=GET hcinterval=$interval hcuri=/health" } 1 .. $count),
    '</Proxy>', 'ProxyPass / balancer://cluster/');

sub beats () {
    my %times;
    push @{ $times{ $_->{head} =~ /^Host: (\S+?):/m ? $1 : '' } }, $_->{at} for $backend->check_events;
    return \%times;
}
my $times;
await('two checks of each', sub { $times = beats(); $count == grep { @$_ >= 2 } values %$times });

# Moments into tenths of the interval; 20 would be in each. Whoever is late has a busy machine.
sub slots (@moments) {
    my $begin = min @moments;
    my @slot  = (0) x 10;
    $slot[min(9, 10 * ($_ - $begin) / $interval)]++ for @moments;
    return @slot;
}
for my $nth (0, 1) {
    my @slot = slots(map { $_->[$nth] } values %$times);
    diag "check @{[$nth + 1]}: @slot" if $ENV{HARNESS_IS_VERBOSE};
    cmp_ok max(@slot), '<', 70, 'no crowd';
    cmp_ok scalar(grep { $_ >= 5 } @slot), '>=', 8, 'nearly all of the interval is used';
}
my @beat = map { $_->[1] - $_->[0] } values %$times;
cmp_ok min(@beat), '>', 0.9 * $interval, 'none is checked before its time';

done_testing;
