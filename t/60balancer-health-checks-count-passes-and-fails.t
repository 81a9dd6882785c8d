use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# A member leaves with exactly its hcfails-th failure and comes back with exactly its hcpasses-th pass; 0 counts as 1.
my %keys = (three => 'hcfails=3 hcpasses=2', none => 'hcfails=0 hcpasses=0', usual => '');
my %member = map { ($_ => CxxProxy::HealthCheck->stepped) } keys %keys;
my $httpd  = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", (map { <<"CONF" } sort keys %keys),
<Proxy balancer://$_>
    BalancerMember http://$member{$_} @{[$member{$_}->keys]} $keys{$_}
</Proxy>
CONF
    '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager = CxxProxy::Manager->new($httpd, '/manager');

# What the checks get, and after each of them the status and what has been counted: passes, fails.
my %steps = (
    three => [
        [500, 'Ok', '2 (0)', '3 (1)'], [500, 'Ok', '2 (0)', '3 (2)'], [500, 'HcFl', '2 (0)', '3 (0)'], [500, 'HcFl', '2 (0)', '3 (0)'],
        [200, 'HcFl', '2 (1)', '3 (0)'], [200, 'Ok', '2 (0)', '3 (0)'], [200, 'Ok', '2 (0)', '3 (0)'],
        [500, 'Ok', '2 (0)', '3 (1)'], [500, 'Ok', '2 (0)', '3 (2)'], [500, 'HcFl', '2 (0)', '3 (0)'], [200, 'HcFl', '2 (1)', '3 (0)'],
        [200, 'Ok', '2 (0)', '3 (0)'],
    ],
    none  => [map { [$_, ($_ == 200 ? 'Ok' : 'HcFl'), '0 (0)', '0 (0)'] } (500, 200, 500, 500, 200, 200) x 2],
    usual => [map { [$_, ($_ == 200 ? 'Ok' : 'HcFl'), '1 (0)', '1 (0)'] } (200, 500, 200, 200, 500, 500) x 2],
);
for my $nth (0 .. 11) {
    $member{$_}->answer_next(answer($steps{$_}[$nth][0])) for sort keys %steps;
    $_->wait_for_verdict for values %member;
    for my $name (sort keys %steps) {
        my ($given, $status, $passes, $fails) = @{ $steps{$name}[$nth] };
        my $url = "http://$member{$name}";
        my $row = $manager->row($url);
        is_deeply [status_of($manager, $name, $url), $row->{Passes}, $row->{Fails}], ["Init $status ", $passes, $fails],
            "$name, check @{[$nth + 1]}: $given";
    }
}

done_testing;
