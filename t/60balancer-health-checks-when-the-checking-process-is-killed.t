use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(status_of until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::WatchedMember qw(another_checker checker checkers);

# Another process takes over, however often that happens and whatever the one was about to do; at no time do two check.
plan skip_all => "stock modules: it takes them ten seconds to take over" if is_stock;

my $well = CxxProxy::WatchedMember->start('well', delay => 0.03);
my $sick = CxxProxy::WatchedMember->start('sick');
$sick->sick;
my $httpd = CxxProxy::Httpd->start(CxxProxy::WatchedMember->told, children => 8, threads => 2, stack => ['proxy_hcheck'],
    config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$well @{[$well->keys]}
    BalancerMember http://$sick @{[$sick->keys]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
until_status($manager, 'cluster', "http://$sick", qr/HcFl/);
$well->wait_for_checks(1);

my $clients = $sick->clients;
my (@killed, @wrong);
for my $round (1 .. 6) {
    my $pid = checker($httpd);
    # In every other round in the middle of a check.
    $well->wait_for_further_checks(1) if $round % 2;
    kill 'KILL', $pid;
    push @killed, $pid;
    like status_of($manager, 'cluster', "http://$sick"), qr/HcFl/, "killed for the $round. time: what it found is still known";
    like status_of($manager, 'cluster', "http://$well"), qr/Ok/;
    push @wrong, grep { $_ ne 'well' } map { $httpd->answer('/') } 1 .. 3;
    another_checker($httpd, @killed);
    $well->wait_for_further_checks(2);
}
is_deeply \@wrong, [], 'no request gets to the member that is out';
is $sick->clients, $clients, 'nor a try of it';
is $well->most_at_once, 1, 'no two checks of one member at once';
is $sick->most_at_once, 1;

$sick->well;
like until_status($manager, 'cluster', "http://$sick", qr/Ok/), qr/^Init Ok /, 'the last one brings a member back';

# One after the other: nobody takes turns with somebody who is still there.
my @turns = checkers($httpd);
my $changes = grep { $turns[$_] != $turns[$_ - 1] } 1 .. $#turns;
is $changes, 6, 'each took over once';

done_testing;
