use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $slow  = CxxProxy::Backend->start(sub ($connection) { $connection->read_request; $connection->read_some });
my $quick = CxxProxy::Backend->named('quick');
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://on>
    BalancerMember http://$slow/on timeout=1
    BalancerMember http://$quick/on
    ProxySet failontimeout=On
</Proxy>
<Proxy balancer://off>
    BalancerMember http://$slow/off timeout=1
    BalancerMember http://$quick/off
</Proxy>
ProxyPass /on  balancer://on
ProxyPass /off balancer://off
CONF

is join(' ', map { $httpd->answer('/on') } 1 .. 4), '502 quick quick quick', 'on: a read timeout is an error of the member';
is join(' ', map { $httpd->answer('/off') } 1 .. 3), '502 quick 502', 'off: it is not';
like $httpd->error_log, qr/AH02460/;

done_testing;
