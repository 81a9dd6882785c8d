use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# https:// targets by all ways that lead to http:// ones.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca  = CxxProxy::Authority->new('Test Authority');
my $tls = $ca->certificate(san => 'DNS:localhost');
my $script = sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($target) = $request->{head} =~ /^\S+ (\S+)/;
        my ($host)   = $request->{head} =~ /^Host: (.*?)\r$/m;
        if ($target =~ /moved/) { $connection->reply(302, '', Location => "https://$host/there", 'Set-Cookie' => 'a=b; path=/deep; domain=localhost') }
        elsif ($target =~ /lost/) { $connection->reply(404, 'the backend has lost it') }
        else { $connection->reply(200, "$target $host") }
    }
};
my $backend = CxxProxy::Backend->start($script, tls => $tls);
my $socket  = CxxProxy::Backend->start($script, tls => $tls, unix => 1);
my $port    = $backend->port;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb rewrite alias)], config => <<"CONF", files => { 'htdocs/x.app' => '' });
SSLProxyEngine On
ProxyPass        /pass/ https://localhost:$port/
ProxyPassReverse /pass/ https://localhost:$port/
ProxyPassReverseCookiePath   /deep /public
ProxyPassReverseCookieDomain localhost www.test
ProxyPassMatch ^/match/(.*)\$ https://localhost:$port/matched/\$1
ProxyPass /socket/ unix:@{[$socket->path]}|https://localhost/
ProxyPass /usual/  unix:@{[$socket->path]}|https://localhost:443/
ProxyPass /odd/    unix:@{[$socket->path]}|https://localhost:80/
RewriteEngine On
RewriteRule ^/rewritten/(.*) https://localhost:$port/rewritten/\$1 [P]
<FilesMatch \\.app\$>
    SetHandler proxy:https://localhost:$port
</FilesMatch>
<Location /override/>
    ProxyPass https://localhost:$port/
    ProxyErrorOverride On 404
    ErrorDocument 404 "ours"
</Location>
CONF

is $httpd->answer('/pass/x?q'), "/x?q localhost:$port", 'ProxyPass';
is $httpd->answer('/match/a/b'), "/matched/a/b localhost:$port", 'ProxyPassMatch';
is $httpd->answer('/rewritten/x'), "/rewritten/x localhost:$port", '[P]';
like $httpd->answer('/x.app'), qr{/htdocs/x\.app localhost:$port$}, 'SetHandler';
is $httpd->answer('/socket/x'), '/x localhost', 'a unix socket';
is $httpd->answer('/usual/x'), '/x localhost', 'a port that is usual goes unsaid';
is $httpd->answer('/odd/x'), per_stack(stock => '/x localhost', ours => '/x localhost:80'), 'one that is usual elsewhere is said';
my $moved = $httpd->get('/pass/moved', Host => 'www.test');
is $moved->status, 302;
is $moved->header('Location'), 'http://www.test/pass/there', 'ProxyPassReverse';
is $moved->header('Set-Cookie'), 'a=b; path=/public; domain=www.test', 'cookies';
is $httpd->get('/override/lost')->body, 'ours', 'ProxyErrorOverride';
is $httpd->get('/pass/lost')->body, 'the backend has lost it', 'and without it';
is $httpd->answer('/override/x'), "/x localhost:$port", 'a mapping in a Location';

my $head = $httpd->request(method => 'HEAD', path => '/pass/x');
is $head->status, 200, 'HEAD';
is $head->body, '';

done_testing;
