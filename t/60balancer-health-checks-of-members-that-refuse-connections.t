use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::HealthCheck qw(until_status status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# A member that refuses connections leaves, before any client has met it, and comes back. For TCP a connection is all: what a
# member says there, or whether it says anything, does not matter.
my ($one, $two) = map { CxxProxy::HealthCheck->member($_) } qw(one two);
my $silent = CxxProxy::Backend->start(sub ($connection) { $connection->wait_for_close });
my $other  = CxxProxy::Backend->named('other');
my $httpd  = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://get>
    BalancerMember http://$one @{[$one->keys]} timeout=2
    BalancerMember http://$other
</Proxy>
<Proxy balancer://tcp>
    BalancerMember http://$two hcmethod=TCP hcinterval=100ms
    BalancerMember http://$other/tcp
</Proxy>
<Proxy balancer://silent>
    BalancerMember http://$silent hcmethod=TCP hcinterval=100ms
</Proxy>
ProxyPass /get balancer://get
ProxyPass /tcp balancer://tcp
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub served ($path) { my %seen; $seen{ $httpd->answer($path) }++ for 1 .. 4; join ' ', sort keys %seen }

$two->sick;
$one->wait_for_checks(2);
$two->wait_for_close(2);
is served('/get'), 'one other', 'GET: well';
is served('/tcp'), 'other two', 'TCP: a member that would answer 500 is well';

$_->go_down for $one, $two;
is until_status($manager, 'get', "http://$one", qr/HcFl/), 'Init HcFl ', 'GET: refused';
is until_status($manager, 'tcp', "http://$two", qr/HcFl/), 'Init HcFl ', 'TCP: refused';
is served('/get'), 'other', 'GET: no client gets there';
is served('/tcp'), 'other', 'TCP: no client gets there';
unlike $httpd->error_log, qr/AH00959/, 'no client has met it: no member is in error';

$_->come_up for $one, $two;
is until_status($manager, 'get', "http://$one", qr/Ok/), 'Init Ok ', 'GET: back';
is until_status($manager, 'tcp', "http://$two", qr/Ok/), 'Init Ok ', 'TCP: back';
is served('/get'), 'one other', 'GET: it serves';
is served('/tcp'), 'other two', 'TCP: it serves';

$silent->wait_for_close(3);
is status_of($manager, 'silent', "http://$silent"), 'Init Ok ', 'TCP: silence is well';

done_testing;
