use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(status_of until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::Wait qw(await);
use CxxProxy::WatchedMember qw(another_checker checker until_settled);

# On each MPM, and with the engine off, a process checks, another one takes over when that one is killed or ends because it
# has served its share, and a restart changes nothing. A check that gets no answer delays nobody's end.
plan skip_all => "stock modules: a restart forgets what checks have found, and it takes ten seconds to take over" if is_stock;

for my $way (qw(event worker prefork off)) {
    my $mpm = $way eq 'off' ? 'event' : $way;
    my ($well, $sick, $silent) = map { CxxProxy::WatchedMember->start($_) } qw(well sick silent);
    $sick->sick;
    $silent->checks_get(CxxProxy::HealthCheck::SILENCE);
    my $httpd = CxxProxy::Httpd->start(CxxProxy::WatchedMember->told, mpm => $mpm, children => 3, threads => 4,
        stack => ['proxy_hcheck'], config => <<"CONF");
@{[$way eq 'off' ? 'CxxProxyEngine Off' : '']}
MaxConnectionsPerChild 40
<Proxy balancer://cluster>
    BalancerMember http://$well @{[$well->keys]}
    BalancerMember http://$sick @{[$sick->keys]}
</Proxy>
<Proxy balancer://silent>
    BalancerMember http://$silent @{[$silent->keys]} timeout=60
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
    my $manager = CxxProxy::Manager->new($httpd, '/manager');
    until_status($manager, 'cluster', "http://$sick", qr/HcFl/);
    is $httpd->answer('/'), 'well', "$way: checked";

    my $killed = checker($httpd);
    kill 'KILL', $killed;
    another_checker($httpd, $killed);
    $well->wait_for_further_checks(2);
    pass "$way: another one takes over from a killed one";

    my $served = checker($httpd);
    await("the end of $served", sub { $httpd->answer('/') for 1 .. 20; !kill 0, $served });
    another_checker($httpd, $killed, $served);
    $well->wait_for_further_checks(2);
    pass "$way: and from one that has served its share";

    my @before = $httpd->children;
    $httpd->graceful;
    another_checker($httpd, @before);
    like status_of($manager, 'cluster', "http://$sick"), qr/HcFl/, "$way: and after a graceful restart";
    $sick->well;
    until_status($manager, 'cluster', "http://$sick", qr/Ok/);
    is $_->most_at_once, 1, "$way: never two checks at once" for $well, $sick, $silent;

    until_settled($httpd);
    # problems() counts a child that had to be killed.
    my $pid = $httpd->pid;
    $silent->wait_for_checks(1);
    if ($way ne 'off') {
        kill 'WINCH', $pid;
        await('the end of a graceful stop', sub { waitpid($pid, POSIX::WNOHANG()) == $pid }, 10);
        pass "$way: a graceful stop is soon over";
    }
    my $begin = time;
    $httpd->stop;
    cmp_ok time - $begin, '<', 8, "$way: it ends while a check waits for its answer";
    unlike $httpd->error_log, qr/still did not exit/, "$way: and nobody is killed for that";
}

done_testing;
