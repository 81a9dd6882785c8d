use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Browser;
use CxxProxy::Httpd;

CxxProxy::Browser->or_skip;

my $httpd = CxxProxy::Httpd->start(config => <<'CONF');
<Proxy balancer://cluster>
    BalancerMember http://127.0.0.1:1
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
CxxProxy::Browser->run('policy.mjs', url => $httpd->url('/manager'));
done_testing;
