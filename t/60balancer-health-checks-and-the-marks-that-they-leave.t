use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer status_of until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);

plan skip_all => 'stock modules: failed checks of a member in error do not count, and a restart forgets what checks have found'
    unless is_ours();

# What checks have found holds until they find something else, and not a moment longer.
my $well   = CxxProxy::HealthCheck->member('well');
my $sick   = CxxProxy::HealthCheck->member('sick')->sick;
my $led    = CxxProxy::HealthCheck->stepped;
my $closed = CxxProxy::Backend->closed;
my $keys   = $well->keys;
my $config = sub ($of_sick) { <<"CONF" };
<Proxy balancer://cluster>
    BalancerMember http://$well $keys
    BalancerMember http://$sick $of_sick
</Proxy>
<Proxy balancer://closed>
    BalancerMember http://$closed hcmethod=TCP hcinterval=1s hcfails=3 retry=1
    BalancerMember http://$well status=+H
</Proxy>
<Proxy balancer://led>
    BalancerMember http://$led hcmethod=GET hcinterval=100ms hcuri=/health
</Proxy>
ProxyPass /closed balancer://closed
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => $config->($keys));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub status ($balancer, $member) { status_of($manager, $balancer, "http://$member") }

# --- a member in error ---
is $httpd->answer('/closed/'), 'well', 'a request may find out that a member is bad before checks do';
like status('closed', $closed), qr/Err/;
until_status($manager, 'closed', "http://$closed", qr/HcFl/);
my $tries = sub { scalar(() = $httpd->error_log =~ /AH00957/g) };
my $before = $tries->();
is $httpd->answer('/closed/'), 'well' for 1 .. 5;
is $tries->(), $before, 'once checks know it no request does, though its rest is over';

# --- a check under way when the manager changes it ---
$led->step(answer(200)) for 1 .. 2;
$manager->change(b => 'led', w => "http://$led", w_hm => 'GRPC');
$manager->change(b => 'cluster', w => "http://$well", w_hm => 'HEAD');
await('checks by what the manager has changed', sub { ($well->checks)[-1] =~ /^HEAD / });
$led->step(answer(200));
unlike status('led', $led), qr/HcFl/, 'an answer is judged as it was asked for';
unlike $httpd->error_log, qr/DISABLING http:\/\/$led/;

# --- restarts ---
until_status($manager, 'cluster', "http://$sick", qr/HcFl/);
$httpd->graceful($config->("$keys status=+H"));
is status('cluster', $sick), 'Init Stby HcFl ', 'it stays out when something else is configured anew';
$httpd->graceful($config->(''));
is status('cluster', $sick), 'Init Ok ', 'where nobody checks any more it serves again';
like $httpd->error_log, qr/CXP0213: http:\/\/$sick had failed/, 'and the log says so';
$httpd->graceful($config->('status=+C'));
is status('cluster', $sick), 'Init HcFl ', 'a mark that the configuration sets is its own';
$httpd->graceful($config->("$keys status=+C"));
is status('cluster', $sick), 'Init HcFl ';
done_testing;
