use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::HealthCheck qw(until_status status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# A check that passes brings back who is out with C, whoever said so, and who is in error, long before retry=. Without checks
# neither happens; and a forced recovery is for members in error, not for those that failed their checks.
my %member = map { ($_ => CxxProxy::HealthCheck->member($_)) } qw(configured manager error erroneous both unchecked);
my $alone  = CxxProxy::HealthCheck->member('alone');
my $url    = sub ($name) { "http://$member{$name}" };
$_->sick for @member{qw(configured erroneous)}, $alone;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", (map { <<"CONF" } (
<Proxy balancer://$_->[0]>
    BalancerMember http://$member{$_->[0]} retry=3600 $_->[1]
</Proxy>
ProxyPass /to/$_->[0] balancer://$_->[0]
CONF
    [configured => $member{configured}->keys . ' status=+C'],
    [manager    => $member{manager}->keys],
    [error      => $member{error}->keys . ' hcfails=1000'],
    [erroneous  => $member{erroneous}->keys . ' hcfails=1000 status=+E'],
    [both       => $member{both}->keys . ' hcfails=1000'],
    [unchecked  => 'status=+C'])), <<"CONF");
<Proxy balancer://alone>
    BalancerMember http://$alone @{[$alone->keys]}
    ProxySet forcerecovery=On
</Proxy>
ProxyPass /to/alone balancer://alone
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub becomes ($name, $status, $why) { is until_status($manager, $name, $url->($name), qr/\A\Q$status\E\z/), $status, $why }
# It left or came back so many times.
sub turned ($name, $id, $count) { $httpd->wait_for_log(qr/(?:$id: [^\n]*\Q$member{$name}\E\b.*){$count}/s) }
sub is_now ($name, $status, $why) { is status_of($manager, $name, $url->($name)), $status, $why }

$member{configured}->wait_for_checks(3);
is_now configured => 'Init HcFl ', 'status=+C of a member that fails its checks';
is $httpd->answer('/to/configured'), 503;
$member{configured}->well;
becomes configured => 'Init Ok ', 'it comes back when it passes';
is $httpd->answer('/to/configured'), 'configured';

$member{manager}->sick;
becomes manager => 'Init HcFl ', 'failed';
$manager->change(b => 'manager', w => $url->('manager'), w_status_C => 0);
turned manager => 'AH03303', 2;
is_now manager => 'Init HcFl ', 'the manager takes C away: the next check brings it back';
$member{manager}->well;
becomes manager => 'Init Ok ', 'well';
$manager->change(b => 'manager', w => $url->('manager'), w_status_C => 1);
turned manager => 'AH03302', 2;
is_now manager => 'Init Ok ', 'C by the manager ends with the next check that passes';

$member{error}->go_down;
is $httpd->answer('/to/error'), 503, 'a client has met a member that is down';
becomes error => 'Init Err ', 'it is in error';
$member{error}->come_up;
becomes error => 'Init Ok ', 'the checks bring it back before retry=';
is $httpd->answer('/to/error'), 'error';

$member{erroneous}->wait_for_checks(3);
is_now erroneous => 'Init Err ', 'checks that fail leave a member in error as it is';
$member{erroneous}->well;
becomes erroneous => 'Init Ok ', 'status=+E ends like any error';

$member{both}->go_down;
is $httpd->answer('/to/both'), 503;
$manager->change(b => 'both', w => $url->('both'), w_status_C => 1);
is_now both => 'Init Err HcFl ', 'in error and failed';
$member{both}->come_up;
becomes both => 'Init Ok ', 'one pass ends both';

is until_status($manager, 'alone', "http://$alone", qr/HcFl/), 'Init HcFl ', 'the only member';
is $httpd->answer('/to/alone'), 503, 'no recovery is forced upon it' for 1 .. 2;
is status_of($manager, 'alone', "http://$alone"), 'Init HcFl ';

is_now unchecked => 'Init HcFl ', 'nobody brings back a member without checks';
is $httpd->answer('/to/unchecked'), 503;
$manager->change(b => 'unchecked', w => $url->('unchecked'), w_status_C => 0);
is_now unchecked => 'Init Ok ', 'but the manager';
is scalar $member{unchecked}->checks, 0, 'it has seen no check';

done_testing;
