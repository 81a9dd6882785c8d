use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::WatchedMember qw(checker);

# What has been counted is not the process's: its successor goes on from there. A check that died with it counts nothing.
plan skip_all => "stock modules: it takes them ten seconds to take over" if is_stock;

my $member = CxxProxy::HealthCheck->stepped;
my $httpd  = CxxProxy::Httpd->start(CxxProxy::WatchedMember->told, children => 8, threads => 2, stack => ['proxy_hcheck'],
    config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$member @{[$member->keys]} hcfails=3 hcpasses=3
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

# The status, passes, fails.
sub counts () {
    my $row = $manager->row("http://$member");
    return join ' ', status_of($manager, 'cluster', "http://$member") =~ /(HcFl|Ok)/, map { $row->{$_} =~ /\((\d+)\)/ } qw(Passes Fails);
}

for my $step ([500, 'Ok 0 1'], [500, 'Ok 0 2'], [500, 'HcFl 0 0'], [200, 'HcFl 1 0'], [200, 'HcFl 2 0'], [200, 'Ok 0 0'], [500, 'Ok 0 1']) {
    my ($status, $expected) = @$step;
    $member->step(answer($status));
    is counts(), $expected, "after a $status";
    my $pid = checker($httpd);
    kill 'KILL', $pid;
    # The check that was under way, and is not answered.
    $member->{steps}++;
    $member->wait_for_verdict;
    is counts(), $expected, 'and when another process checks';
    isnt checker($httpd), $pid;
}

done_testing;
