use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Browser;
use CxxProxy::Httpd;

CxxProxy::Browser->or_skip;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
for my $script (1, 0) {
    note $script ? 'with script' : 'without script';
    my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b loadfactor=2
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
    CxxProxy::Browser->run('keyboard.mjs', script => $script, url => $httpd->url('/manager'), members => ["http://$a", "http://$b"]);
}
done_testing;
