use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif env)], files => { 'htdocs/x/env.txt' => 'local' }, config => <<"CONF");
ProxyPass /x/i !
ProxyPass /y http://$backend/server-y
<Location /x>
    ProxyPass http://$backend/location-x
</Location>
<Location /y/z>
    ProxyPass http://$backend/location-z
</Location>
<Location /twice>
    ProxyPass http://$backend/one
</Location>
<Location /twice/in>
    ProxyPass http://$backend/two
</Location>
<Location /order/in>
    ProxyPass http://$backend/inner-first
</Location>
<Location /order>
    ProxyPass http://$backend/outer-last
</Location>
SetEnvIf Request_URI env no-proxy
SetEnv   no-proxy-late 1
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/x/a',        '/location-x/a';
maps '/x/i/a',      '/location-x/i/a';    # the server's ! does not exempt what a Location maps
maps '/y/a',        '/server-y/a';
maps '/y/z/a',      '/location-z/a';
maps '/twice/a',    '/one/a';
maps '/twice/in/a', '/two/a';
maps '/order/in/a', '/outer-last/in/a';   # the last matching Location has the word
maps '/x/env.txt',  'local';              # the variable no-proxy does

done_testing;
