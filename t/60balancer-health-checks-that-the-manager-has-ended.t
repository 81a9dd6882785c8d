use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer status_of until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

# A check that is under way while the manager sets the method to NONE counts no more with ours: nobody would lift the mark.
my @under_way = map { CxxProxy::HealthCheck->stepped } 1 .. 5;
my $other     = CxxProxy::HealthCheck->member('other');
my $members   = join "\n", map { "    BalancerMember http://$_ @{[$_->keys]}" } @under_way, $other;
my $httpd     = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
$members
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub change ($member, %what) { is $manager->change(b => 'cluster', w => "http://$member", %what)->status, 200, "@{[%what]}" }
sub status ($member) { status_of($manager, 'cluster', "http://$member") }

for my $member (@under_way) {
    $member->step(answer(200));
    change $member, w_hm => 'NONE';
    $member->answer_next(answer(500));
}
$other->wait_for_further_checks(4);
my $marked = per_stack(stock => 'HcFl', ours => 'Ok');
is until_status($manager, 'cluster', "http://$_", qr/$marked/), "Init $marked ", 'the check that came too late' for @under_way;
is scalar(() = $httpd->error_log =~ /AH03303/g), per_stack(stock => 5, ours => 0), 'and what is said of it';

$other->sick;
until_status($manager, 'cluster', "http://$other", qr/HcFl/);
change $other, w_hm => 'NONE';
is status($other), 'Init HcFl ', 'a mark that is there stays';
change $other, w_status_C => 0;
is status($other), 'Init Ok ', 'until the manager takes it away';

done_testing;
