use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(seconds_for);
use CxxProxy::HealthCheck qw(answer until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);
use CxxProxy::WatchedMember;

# Bad in whatever way: once checks have found out, every request is answered by the others, none of them tries it, and no check
# makes a request wait. Then it is well again, and gets its share.
my $good = CxxProxy::WatchedMember->start('good');
my %bad  = map { $_ => CxxProxy::WatchedMember->start($_) } qw(failing slow closed hanging silent);
my $members = sub (@members) { map { "BalancerMember http://$_ @{[$_->keys]}" } @members };
my $httpd = CxxProxy::Httpd->start(children => 2, threads => 8, stack => ['proxy_hcheck'], config => join "\n", (map { <<"CONF" }
<Proxy balancer://$_>
    BalancerMember http://$good @{[$good->keys]}
    BalancerMember http://$bad{$_} @{[$bad{$_}->keys]} timeout=1 connectiontimeout=1
</Proxy>
ProxyPass /$_ balancer://$_/
CONF
    sort keys %bad), '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager = CxxProxy::Manager->new($httpd, '/manager');
for my $name (sort keys %bad) {
    my %seen;
    await("both of $name", sub { $seen{ $httpd->answer("/$name") }++; keys %seen == 2 });
}

$bad{failing}->checks_get(answer(500));
$bad{slow}->checks_get(CxxProxy::HealthCheck::SILENCE);
$bad{hanging}->checks_get(CxxProxy::HealthCheck::HANGS_UP);
$bad{closed}->go_down;
# Its kernel takes connections, and nobody answers.
kill 'STOP', $bad{silent}->{pid};
until_status($manager, $_, "http://$bad{$_}", qr/HcFl/) for sort keys %bad;

for my $name (sort keys %bad) {
    my $clients = $bad{$name}->clients;
    my (@wrong, $worst);
    $worst = 0;
    for (1 .. 25) {
        my $answer;
        my $seconds = seconds_for(sub { $answer = $httpd->answer("/$name") });
        push @wrong, $answer if $answer ne 'good';
        $worst = $seconds if $seconds > $worst;
    }
    is_deeply \@wrong, [], "$name: all are answered";
    cmp_ok $worst, '<', 1.5, 'at once';
    # What waits for it comes before the next check.
    kill 'CONT', $bad{$name}->{pid} and $bad{$name}->wait_for_further_checks(1) if $name eq 'silent';
    is $bad{$name}->clients, $clients, 'none of them tries it';
}

$bad{closed}->come_up;
$_->well for values %bad;
for my $name (sort keys %bad) {
    until_status($manager, $name, "http://$bad{$name}", qr/Ok/);
    my %seen;
    $seen{ $httpd->answer("/$name") }++ for 1 .. 20;
    is_deeply \%seen, { good => 10, $name => 10 }, "$name: has its share again";
}

done_testing;
