use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(until_status status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# Stopped members are not checked, and are again when they are started; all others are: disabled, draining, standby, spare, and
# those that no error takes out of use. What their checks say stands beside what they were.
my %shown  = (D => 'Dis ', N => 'Drn ', H => 'Stby ', R => 'Spar ', I => 'Ign ');
my %member = map { ($_ => CxxProxy::HealthCheck->member($_)) } qw(D N H R I S);
my %url_of = map { ($_ => "http://$member{$_}") } keys %member;
my $httpd  = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", (map { <<"CONF" } sort keys %member), <<'CONF');
<Proxy balancer://b_$_>
    BalancerMember http://$member{$_} @{[$member{$_}->keys]} status=+$_
</Proxy>
ProxyPass /b_$_ balancer://b_$_
CONF
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub balancer ($letter) { lc "b_$letter" }
sub now ($letter) { status_of($manager, balancer($letter), $url_of{$letter}) }
sub becomes ($letter, $pattern) { until_status($manager, balancer($letter), $url_of{$letter}, $pattern) }

$member{$_}->wait_for_checks(3) for keys %shown;
is scalar $member{S}->checks, 0, 'stopped: not checked';
is now($_), "Init $shown{$_}" . ($_ eq 'D' ? '' : 'Ok '), "$_: well" for sort keys %shown;

$_->sick for values %member;
for my $letter (sort keys %shown) {
    is becomes($letter, qr/HcFl/), "Init $shown{$letter}HcFl ", "$letter: failed";
    is $httpd->answer("/b_$letter"), 503, "$letter: serves nobody";
}
is now('S'), 'Init Stop ', 'a stopped one stays as it is';

$_->well for values %member;
is becomes($_, qr/^(?!.*HcFl)./), "Init $shown{$_}" . ($_ eq 'D' ? '' : 'Ok '), "$_: well again" for sort keys %shown;

# Started, stopped again.
is scalar $member{S}->checks, 0;
$manager->change(b => 'b_s', w => $url_of{S}, w_status_S => 0);
$member{S}->wait_for_checks(2);
pass 'started: checked';
$member{S}->sick;
is becomes('S', qr/HcFl/), 'Init HcFl ';
$manager->change(b => 'b_s', w => $url_of{S}, w_status_S => 1);
$member{D}->wait_for_further_checks(2);    # one that had begun may come to its end
my $seen = $member{S}->checks;
$member{S}->well;
$member{D}->wait_for_further_checks(3);
is scalar $member{S}->checks, $seen, 'stopped: no check';
is now('S'), 'Init Stop HcFl ', 'it keeps the last verdict';

done_testing;
