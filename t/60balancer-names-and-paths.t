use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://MyCluster>
    BalancerMember http://$backend/base
</Proxy>
<Proxy balancer://slash>
    BalancerMember http://$backend/base/
</Proxy>
ProxyPass /a balancer://mycluster
ProxyPass /b balancer://MYCLUSTER/extra
ProxyPass /c balancer://slash/extra
ProxyPass /d/ balancer://slash
ProxyPassMatch ^/re/(.*)\$ balancer://mycluster/m/\$1
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/a/x',     '/base/x';
maps '/a',       '/base/';
maps '/b/x?q=1', '/base/extra/x?q=1';
maps '/c/x',     '/base//extra/x';
maps '/d/x',     per_stack(stock => 500, ours => '/base//x');    # stock looks for balancer://slashx
maps '/re/a%20b', '/base/m/a%20b';

done_testing;
