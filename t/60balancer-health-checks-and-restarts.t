use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(until_status status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);

# Checks go on after a graceful restart, with what the new configuration says, and when the children are killed that make them.
my ($one, $two) = map { CxxProxy::HealthCheck->member($_) } qw(one two);
my $config = sub ($keys) { <<"CONF" };
<Proxy balancer://cluster>
    BalancerMember http://$one hcmethod=GET hcinterval=100ms $keys
    BalancerMember http://$two @{[$two->keys]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], children => 2, threads => 4, expect_crash => 1, config => $config->('hcuri=/before/health'));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $last    = sub { (split ' ', ($one->checks)[-1])[1] };

$one->wait_for_checks(2);
$two->sick;
until_status($manager, 'cluster', "http://$two", qr/HcFl/);
$httpd->graceful($config->('hcuri=/after/health'));
await('the new checks', sub { $last->() eq '/after/health' });
my $before = grep { m{^GET /before/} } $one->checks;
$one->wait_for_further_checks(3);
is scalar(grep { m{^GET /before/} } $one->checks), $before, 'the old checks have ended';
is until_status($manager, 'cluster', "http://$two", qr/HcFl/), 'Init HcFl ', 'who was out is, or is again';
is $httpd->answer('/'), 'one' for 1 .. 4;
$two->well;
is until_status($manager, 'cluster', "http://$two", qr/Ok/), 'Init Ok ', 'and comes back';

my @children = $httpd->children;
kill 'KILL', @children;
await('other children', sub { my %now = map { ($_ => 1) } $httpd->children; keys %now >= 2 && !grep { $now{$_} } @children });
$_->wait_for_further_checks(2) for $one, $two;
pass 'checks after all children were killed';
$two->sick;
is until_status($manager, 'cluster', "http://$two", qr/HcFl/), 'Init HcFl ', 'they count';

done_testing;
