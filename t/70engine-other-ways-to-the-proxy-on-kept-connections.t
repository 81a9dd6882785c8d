use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);

# A directory's index, a rewritten URL, a handler, an included part: what they lead to is proxied, as any request of a connection.
my $backend = CxxProxy::Backend->teller('proxied ');
my $httpd   = few_threads(modules => [qw(rewrite dir include mime alias actions)],
    files => { (map { ("htdocs/$_" => 'local') } qw(dir/other perdir/x files/a.app files/b.txt)), 'htdocs/page.shtml' => '<<!--#include virtual="/part" -->>' },
    config => <<"CONF");
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
DirectoryIndex index.app
RewriteEngine On
RewriteRule ^/server/(.*) http://$backend/rewritten/\$1 [P]
RewriteRule ^/twice/(.*) /server/\$1
RewriteRule ^/server/(.*) http://$backend/twice/\$1 [P]
ProxyPass /page.shtml !
ProxyPass /files !
ProxyPass /perdir !
ProxyPass /dir/index.app http://$backend/index
ProxyPass /dir !
ProxyPass /handler !
ProxyPass /by-action !
ProxyPass / http://$backend/
<Directory __ROOT__/htdocs>
    Options +Includes +FollowSymLinks
</Directory>
<Directory __ROOT__/htdocs/perdir>
    RewriteEngine On
    RewriteRule ^x\$ http://$backend/perdir [P]
    RewriteRule ^y\$ /from-perdir [PT]
</Directory>
<Files "*.app">
    SetHandler "proxy:http://$backend"
</Files>
<Location /handler>
    SetHandler "proxy:http://$backend/handled"
</Location>
<Location /by-action>
    SetHandler through-the-backend
    Action through-the-backend /acted virtual
</Location>
CONF
my $root = $httpd->root . '/htdocs';

my @cases = (
    ['/plain',         'proxied /plain'],
    ['/dir/',          'proxied /index'],
    ['/dir/other',     'local'],
    ['/server/x',      'proxied /rewritten/x'],
    ['/twice/x',       'proxied /twice/x'],
    ['/perdir/x',      'proxied /perdir'],
    ['/perdir/y',      'proxied /from-perdir'],
    ['/files/a.app',   "proxied $root/files/a.app"],
    ['/files/b.txt',   'local'],
    ['/handler/x',     "proxied /handled$root/handler"],
    ['/by-action/x',   'proxied /acted/by-action/x'],
    ['/page.shtml',    '<proxied /part>'],
);

for my $case (@cases) {
    my ($path, $body) = @$case;
    my $client = $httpd->client;
    is $client->request(path => '/first')->body, 'proxied /first';
    is $client->request(path => $path)->body, $body, "$path, $_" for 'the second request', 'the third';
    is $client->request(path => '/then')->body, 'proxied /then';
    is $httpd->get($path)->body, $body, 'on a connection of its own';
}

my $client = $httpd->client;
for my $turn (1 .. 3) {
    for my $case (@cases) {
        is $client->request(path => $case->[0])->body, $case->[1], "turn $turn: $case->[0]";
        is $client->request(method => 'HEAD', path => $case->[0])->status, 200, 'HEAD';
    }
}
$client->send(join '', map { "GET $_->[0] HTTP/1.1\r\nHost: h\r\n\r\n" } @cases);
is $client->read_response->body, $_->[1], "pipelined: $_->[0]" for @cases;

done_testing;
