use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'hcwait is mod_cxxproxy\'s own' unless is_ours();

# The backend does not listen, so that no check passes.
my $waiting = CxxProxy::Backend->closed;
my $serving = CxxProxy::Backend->named('serving');
my $config = sub ($of_waiting, @more) { <<"CONF" };
BalancerPersist On
<Proxy balancer://cluster>
    BalancerMember http://$waiting hcinterval=1h $of_waiting
    BalancerMember http://$serving hcwait=on
    @more
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => $config->('hcmethod=TCP hcwait=on'));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub status_of ($backend) { $manager->member('cluster', "http://$backend")->{status} }

is status_of($waiting), 'Init HcFl ', 'it waits for its first check';
is status_of($serving), 'Init Ok ', 'with hcmethod=NONE there is nothing to wait for';
is $httpd->answer('/'), 'serving' for 1 .. 4;

$httpd->graceful($config->('hcmethod=TCP hcwait=on'));
is status_of($waiting), 'Init HcFl ', 'still after a graceful restart';
$httpd->graceful($config->('hcmethod=TCP hcwait=on', "BalancerMember http://$serving/more"));
is status_of($waiting), 'Init HcFl ', 'and one with another member';
$httpd->graceful($config->('hcmethod=TCP hcwait=on status=+H'));
unlike $httpd->error_log, qr/CXP0203.*status/, 'the mark is nobody\'s change of the status';

$httpd->graceful($config->('hcmethod=TCP hcwait=on'));
is status_of($waiting), 'Init HcFl ';
$httpd->graceful($config->('hcmethod=TCP'));
is status_of($waiting), 'Init Ok ', 'hcwait is taken out: it waits no longer';
$httpd->stop;
$httpd->start_again($config->('hcmethod=TCP hcwait=on'));
is status_of($waiting), 'Init HcFl ';
$httpd->graceful($config->('hcmethod=NONE hcwait=on'));
is status_of($waiting), 'Init Ok ', 'nor where nobody checks';
$httpd->stop;
$httpd->start_again($config->('hcmethod=TCP hcwait=on'));
is status_of($waiting), 'Init HcFl ';
$manager->change(b => 'cluster', w => "http://$waiting", w_status_C => 0);
is status_of($waiting), 'Init Ok ', 'an administrator can send it into service';
$httpd->graceful($config->('hcmethod=TCP hcwait=on'));
is status_of($waiting), 'Init Ok ', 'and it stays there';
$httpd->stop;
$httpd->start_again;
is status_of($waiting), 'Init HcFl ', 'after a stop nobody knows how it is';
$manager->change(b => 'cluster', w => "http://$waiting", w_hm => 'NONE');
is status_of($waiting), 'Init Ok ', 'without checks there is nothing to wait for';
like $httpd->error_log, qr/CXP0205: balancer:\/\/cluster http:\/\/$waiting: status -C, by anyone/, 'which the log says';
done_testing;
