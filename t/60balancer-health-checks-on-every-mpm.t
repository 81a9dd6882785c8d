use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# On every MPM, and with any size of the pool of threads that stock checks with: 0 is none.
for my $case ([event => ''], [event => 'ProxyHCTPsize 0'], [event => 'ProxyHCTPsize 1'], [worker => ''], [prefork => '']) {
    my ($mpm, $line) = @$case;
    my ($one, $two) = map { CxxProxy::HealthCheck->member($_) } qw(one two);
    my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], mpm => $mpm, children => 2, threads => 4, config => <<"CONF");
$line
<Proxy balancer://cluster>
    BalancerMember http://$one @{[$one->keys]}
    BalancerMember http://$two @{[$two->keys]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
    my $manager = CxxProxy::Manager->new($httpd, '/manager');
    my $served  = sub { my %seen; $seen{ $httpd->answer('/') }++ for 1 .. 4; join ' ', sort keys %seen };
    my $now     = sub ($pattern, $expected) {
        until_status($manager, 'cluster', "http://$one", $pattern);
        is $served->(), $expected, "$mpm $line: $expected";
    };
    $_->wait_for_checks(2) for $one, $two;
    is $served->(), 'one two', "$mpm $line: well";
    $one->sick;
    $now->(qr/HcFl/, 'two');
    $one->well;
    $now->(qr/Ok/, 'one two');
}

done_testing;
