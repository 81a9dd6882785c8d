use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# One line when a member leaves, one when it comes back, nothing for a check that changes nothing. At debug: a line
# for each check.
# A member that is gone is worth a line in the log as Debian sets it up.
my $level = per_stack(stock => 'info', ours => 'warn');

sub server ($member, $shown) {
    return CxxProxy::Httpd->start(stack => ['proxy_hcheck'], log_level => $shown, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$member/app @{[$member->keys]} hcfails=2
</Proxy>
CONF
}
sub lines ($httpd, $id) { grep { /\b$id:/ } split /\n/, $httpd->error_log }

my $member = CxxProxy::HealthCheck->stepped;
my $httpd  = server($member, 'info');
$member->step(answer(200)) for 1 .. 2;
is_deeply [lines($httpd, 'AH0330[23]')], [], 'well: nothing to say';
$member->step(answer(500));
is_deeply [lines($httpd, 'AH0330[23]')], [], 'the first of two failures: nothing, either';
$member->step(answer(500)) for 1 .. 3;
my @left = lines($httpd, 'AH03303');
is scalar @left, 1, 'it has left: one line';
like $left[0], qr{:$level\].*DISABLING http://$member/app}, 'which names it';
is_deeply [lines($httpd, 'AH03302')], [];
$member->step(answer(200)) for 1 .. 2;
my @back = lines($httpd, 'AH03302');
is scalar @back, 1, 'it is back: one line';
like $back[0], qr{:$level\].*ENABLING http://$member/app}, 'which names it';
$member->step(answer(500)) for 1 .. 2;
is scalar(() = lines($httpd, 'AH03303')), 2, 'and so the next time';
is_deeply [lines($httpd, 'AH03256')], [], 'checks are no news at info';
$httpd->stop;

my $other = CxxProxy::HealthCheck->member('other');
$httpd = server($other, 'debug');
$other->wait_for_checks(3);
my @checks = lines($httpd, 'AH03256');
ok @checks >= 2, 'at debug a line for each check';
like $checks[0], qr{:debug\].*Health checking http://$other/app}, 'which names the member';

done_testing;
