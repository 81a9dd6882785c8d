use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

# Ours counts in a row: a pass takes the failures back that a member had, a failure the passes of one that is out. Stock adds
# them up, however many passes lie between two failures.
my $member = CxxProxy::HealthCheck->stepped;
my $httpd  = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$member @{[$member->keys]} hcfails=2 hcpasses=3
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url = "http://$member";

sub check ($status, %expected) {
    $member->step(answer($status));
    my $row = $manager->row($url);
    my $now = join ' ', status_of($manager, 'cluster', $url) =~ /(HcFl|Ok)/, map { $row->{$_} =~ /\((\d+)\)/ } qw(Passes Fails);
    is $now, per_stack(%expected), "after a $status";
}

# The status, passes, fails.
check 500, stock => 'Ok 0 1',   ours => 'Ok 0 1';
check 200, stock => 'Ok 0 1',   ours => 'Ok 0 0';
check 200, stock => 'Ok 0 1',   ours => 'Ok 0 0';
check 500, stock => 'HcFl 0 0', ours => 'Ok 0 1';
check 500, stock => 'HcFl 0 0', ours => 'HcFl 0 0';
check 200, stock => 'HcFl 1 0', ours => 'HcFl 1 0';
check 200, stock => 'HcFl 2 0', ours => 'HcFl 2 0';
check 500, stock => 'HcFl 2 0', ours => 'HcFl 0 0';
check 200, stock => 'Ok 0 0',   ours => 'HcFl 1 0';
check 200, stock => 'Ok 0 0',   ours => 'HcFl 2 0';
check 200, stock => 'Ok 0 0',   ours => 'Ok 0 0';
check 500, stock => 'Ok 0 1',   ours => 'Ok 0 1';

done_testing;
