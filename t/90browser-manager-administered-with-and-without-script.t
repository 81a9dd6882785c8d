use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Browser;
use CxxProxy::Httpd;

CxxProxy::Browser->or_skip;

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);

for my $script (1, 0) {
    note $script ? 'with script' : 'without script';
    my $httpd = CxxProxy::Httpd->start(children => 2, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet growth=1
</Proxy>
ProxyPass /manager !
ProxyPass / balancer://cluster/
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
    CxxProxy::Browser->run('administers.mjs', script => $script, url => $httpd->url('/manager'), site => $httpd->url('/'),
        members => ["http://$a", "http://$b", "http://$c"]);
}
done_testing;
