use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca = CxxProxy::Authority->new('Test Authority');
my ($a, $b) = map { CxxProxy::Backend->named($_, tls => $ca->certificate(san => 'DNS:localhost')) } qw(a b);
my ($first, $second) = map { 'https://localhost:' . $_->port } $a, $b;
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
<Proxy balancer://cluster growth=1>
    BalancerMember $first
</Proxy>
ProxyPass /b balancer://cluster
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

is $httpd->answer('/b'), 'a';
is $manager->change(b => 'cluster', b_nwrkr => $second, b_wyes => 1)->status, 200;
is $manager->change(b => 'cluster', w => $second, w_status_D => 0)->status, 200;
my %seen;
$seen{ $httpd->answer('/b') }++ for 1 .. 8;
is_deeply \%seen, { a => 4, b => 4 }, 'added and enabled, it serves with the settings of the balancer';
done_testing;
