use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://waits>
    BalancerMember http://$backend status=+D
    ProxySet timeout=20
</Proxy>
<Proxy balancer://hurries>
    BalancerMember http://$backend/h status=+D
</Proxy>
<Proxy balancer://short>
    BalancerMember http://$backend/s status=+D
    ProxySet timeout=1
</Proxy>
ProxyPass /manager !
ProxyPass /hurries balancer://hurries
ProxyPass /short   balancer://short
ProxyPass /        balancer://waits/
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

my $client = $httpd->client;
$client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
is $httpd->get('/hurries')->status, 503, 'without timeout: at once';
is $httpd->get('/short')->status, 503, 'a short wait for nothing';
ok !$client->can_read, 'the patient one still waits';
$manager->change(b => 'waits', w => "http://$backend", w_status_D => 0);
is $client->read_response->body, 'x', 'until there is a member';

done_testing;
