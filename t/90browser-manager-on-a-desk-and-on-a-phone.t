use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Browser;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);

CxxProxy::Browser->or_skip;

my @backends = map { CxxProxy::Backend->named($_) } qw(a b c d e f);
my $down     = CxxProxy::Backend->closed;
my $long     = 'application-server-with-a-long-name-that-does-not-fit-on-one-line.internal.example.com';
my $httpd    = CxxProxy::Httpd->start(config => <<"CONF");
ProxyHCExpr good {%{REQUEST_STATUS} =~ /^2/}
ProxyHCExpr all_is_well {resp('X-A-Header-With-A-Long-Name') == 'all-is-well-here' && resp('X-Another-Header') =~ /^all-is-well-there/}
<Proxy balancer://cluster>
    BalancerMember http://$backends[0] route=one redirect=two
    BalancerMember http://$down route=two retry=600
    BalancerMember http://$backends[1] route=three status=+D
    BalancerMember http://$backends[2] status=+N
    BalancerMember http://$backends[3] status=+H
    BalancerMember http://$backends[4] status=+R loadfactor=2.5 lbset=1
    BalancerMember http://$backends[5] status=+S
    ProxySet stickysession=JSESSIONID|jsessionid timeout=3 growth=2
</Proxy>
<Proxy balancer://another-balancer-with-quite-a-long-name-of-its-own>
    BalancerMember http://$long:8080/application/with/a/path status=+D hcmethod=OPTIONS11 hcinterval=1h hcuri=/where/this/application/says/how/it/is?at=length hcexpr=all_is_well
    BalancerMember unix:/run/application/socket|http://localhost/application hcmethod=GET hcinterval=1h hcexpr=good
</Proxy>
<Proxy balancer://empty>
    ProxySet growth=1
</Proxy>
ProxyPass /manager !
ProxyPass /other balancer://another-balancer-with-quite-a-long-name-of-its-own
ProxyPass / balancer://cluster/
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
$httpd->get('/') for 1 .. 20;
await('a member in error', sub { $manager->member('cluster', "http://$down")->{status} =~ /Err/ });

CxxProxy::Browser->run('views.mjs', url => $httpd->url('/manager'), balancers => [qw(cluster another-balancer-with-quite-a-long-name-of-its-own)],
    members   => [map { "http://$_" } $backends[0], $down, $backends[1]]);
done_testing;
