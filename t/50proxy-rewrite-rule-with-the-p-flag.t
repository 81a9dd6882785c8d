use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(rewrite)],
    files => { map { ("htdocs/$_" => '') } qw(dir/x dir/sub/y) }, config => <<"CONF");
RewriteEngine On
RewriteRule ^/p/(.*)     http://$backend/rewritten/\$1 [P]
RewriteRule ^/q/(.*)     http://$backend/q/\$1?added=1 [P]
RewriteRule ^/qsa/(.*)   http://$backend/q/\$1?added=1 [P,QSA]
RewriteRule ^/ne/(.*)    http://$backend/ne/\$1 [P,NE]
RewriteRule ^/canon/(.*) http://$backend/canon/\$1 [P]
RewriteRule ^/b/(.*)     http://$backend/b/\$1 [P,B]
RewriteRule ^/flag/(.*)  http://$backend/%{HTTP_HOST}/\$1 [P,L]
ProxyPass /mapped        http://$backend/pass
RewriteRule ^/mapped/sub/(.*) http://$backend/rewrite-first/\$1 [P]
<Directory __ROOT__/htdocs/dir>
    RewriteEngine On
    RewriteRule ^(.*)\$ http://$backend/perdir/\$1 [P]
</Directory>
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/p/x',              '/rewritten/x';
maps '/p/x?a=b%20c',      '/rewritten/x?a=b%20c';
maps '/p/a%20b',          '/rewritten/a%20b';
maps '/q/x',              '/q/x?added=1';
maps '/q/x?own=1',        '/q/x?added=1';
maps '/qsa/x?own=1',      '/q/x?added=1&own=1';
maps '/ne/a%25b',         '/ne/a%b';
maps '/canon/a%25b',      '/canon/a%25b';
maps '/canon/%C3%A9;a=b', '/canon/%C3%A9;a=b';
maps '/canon/a%3Fb',      403;
maps '/b/a%26b',          '/b/a%2526b';
maps '/flag/x',           '/proxy.test/x';
maps '/dir/x',            '/perdir/x';
maps '/dir/sub/y?q',      '/perdir/sub/y?q';
maps '/dir/none/info',    '/perdir/none/info';
maps '/mapped/x',         '/pass/x';
maps '/mapped/sub/x',     '/rewrite-first/x';

done_testing;
