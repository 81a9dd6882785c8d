use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
ProxyPass /app/admin http://$backend/ADMIN mapping=servlet
ProxyPass /app       http://$backend/APP   mapping=servlet
ProxyPass /dir/      http://$backend/DIR/  mapping=servlet
<Location /app/secret>
    Header set X-Location secret
</Location>
LogFormat "%U" path
CustomLog __ROOT__/logs/paths path
CONF

my @paths;
sub maps ($uri, $expected, $path) {
    is $httpd->answer($uri), $expected, "$uri -> $expected";
    push @paths, $path;
    $httpd->log_lines('paths', scalar @paths);
}

# request                            backend                        what Location sections and logs see
maps '/app/x',                      '/APP/x',                       '/app/x';
maps '/app;a=1',                    '/APP',                         '/app';
maps '/app;a=1/x;b=2/y',            '/APP;a=1/x;b=2/y',             '/app/x/y';
maps '/app;a=1/',                   '/APP/',                        '/app/';
maps '/app;p/admin;q/x;r',          '/ADMIN;q/x;r',                 '/app/admin/x';
maps '/app//admin/y',               '/ADMIN/y',                     '/app/admin/y';
maps '/app/;x/admin/y',             '/ADMIN/y',                     '/app/admin/y';
maps '/app/./admin/x',              '/ADMIN/x',                     '/app/admin/x';
maps '/app/foo/..;x/admin/y',       '/ADMIN/y',                     '/app/admin/y';
maps '/x/..;/app/y',                '/APP/y',                       '/app/y';
maps '/app/admin/..;/x',            '/APP/x',                       '/app/x';
maps '/app/a/./b//c/..;p/d;e?q=;',  '/APP/a/b/c/..;p/d;e?q=;',      '/app/a/b/d';
maps '/app/x%2Fy%3b',               '/APP/x%2Fy%3b',                '/app/x%2Fy%3b';
maps '/dir/x;p/y',                  '/DIR/x;p/y',                   '/dir/x/y';
maps '/dir;p/x',                    '/DIR/x',                       '/dir/x';
maps '/dir;p',                      404,                            '/dir;p';
maps '/..;/app',                    404,                            '/..;/app';
maps '/APP/x',                      404,                            '/APP/x';

is_deeply [$httpd->log_lines('paths', scalar @paths)], \@paths, 'the request path is the normalised one';
is $httpd->get('/app/foo/..;x/secret;y/z')->header('X-Location'), 'secret';

done_testing;
