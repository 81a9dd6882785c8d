use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(await);

my $one = CxxProxy::Backend->named('one');
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://off>
    BalancerMember http://$one/off retry=2
    ProxySet forcerecovery=Off
</Proxy>
<Proxy balancer://on>
    BalancerMember http://$one/on retry=100
</Proxy>
ProxyPass /off balancer://off
ProxyPass /on  balancer://on
CONF

$one->go_down;
is $httpd->get($_)->status, 503, "$_ down" for qw(/on /off);
$one->come_up;
is $httpd->answer('/on'), 'one', 'the default forgives at once';
is $httpd->answer('/off'), 503, 'off does not';
await('the retry time', sub { $httpd->answer('/off') eq 'one' });
pass 'but after the retry time';

done_testing;
