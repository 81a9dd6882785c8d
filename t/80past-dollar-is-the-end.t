use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# CVE-2017-15715: in the patterns of our directives `$` is the end, not the place before a line end that stands there.
my $backend = CxxProxy::Backend->teller('backend ');
my $other   = CxxProxy::Backend->teller('other ');
my $httpd   = CxxProxy::Httpd->start(modules => ['rewrite'], threads => 8, config => <<"CONF");
ProxyPassMatch ^/exact\$ http://$backend
ProxyPassMatch ^/(\\w+)\\.txt\$ http://$backend
ProxyPassMatch ^/free\\.txt\$ !
ProxyPass / http://$other/
<ProxyMatch "/secret\\.txt\$">
    Require all denied
</ProxyMatch>
<LocationMatch "^/loc\\.txt\$">
    ProxyPassMatch http://$backend
</LocationMatch>
CONF

is $httpd->get('/exact')->body, 'backend /exact';
like $httpd->get('/exact%0a')->body, qr{^other /exact%0[aA]$}, 'the line end is a part of the path';
is $httpd->get('/a.txt')->body, 'backend /a.txt';
like $httpd->get('/a.txt%0a')->body, qr{^other /a\.txt%0[aA]$};
like $httpd->get('/a.txt%0a%0a')->body, qr{^other };
is $httpd->get('/secret.txt')->status, 403, 'ProxyMatch';
is $httpd->get('/loc.txt')->body, 'backend /loc.txt';
like $httpd->get('/loc.txt%0a')->body, qr{^other };

done_testing;
