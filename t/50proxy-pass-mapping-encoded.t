use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
ProxyPass /e%2Fx   http://$backend/ex   mapping=encoded
ProxyPass /enc     http://$backend/e    mapping=encoded
ProxyPassMatch ^/re/(.*)%3B\$ http://$backend/re/\$1 mapping=encoded
ProxyPass /plain   http://$backend/p
<Location "/enc/a b">
    Header set X-Location decoded
</Location>
<Location "/enc/a%20b">
    Header set X-Location encoded
</Location>
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/enc/a%2Fb%3b%25', '/e/a%2Fb%3b%25';
maps '/enc/a?b=%2F',     '/e/a?b=%2F';
maps '/%65nc/x',         '/e/x';
maps '/e%2Fx/y',         '/ex/y';
maps '/e/x/y',           404;
maps '/re/a%3B',         '/re/a';
maps '/re/a;',           404;
maps '/enc/a//b/./c',    '/e/a/b/c';
is $httpd->get('/enc/a%20b')->header('X-Location'), 'encoded', 'Location sections see the path as it came';

done_testing;
