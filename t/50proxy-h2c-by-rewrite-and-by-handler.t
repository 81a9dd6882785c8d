use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(engine_is_off is_ours);
use Digest::MD5 qw(md5_hex);

# h2c:// targets by all ways that lead to http:// ones.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

sub backend () { CxxProxy::Http2Backend->start({ '/up' => [['report']], '/moved' => [['reply', 302, '', ['location', 'http://inner.test/there']]] }) }
my $declared = backend();
my $matched  = backend();
my %loose    = map { $_ => backend() } qw(rewrite handler file);    # which no line declares
my $member   = backend();
my $httpd    = CxxProxy::Httpd->start(
    stack   => ['proxy_http2'],
    modules => ['rewrite'],
    files   => { 'htdocs/x.app' => 'local', 'htdocs/A B.app' => 'local', 'htdocs/x.own' => 'local', 'htdocs/plain.txt' => 'local',
        'htdocs/hta/.htaccess' => qq(RewriteEngine On\nRewriteRule ^in/(.*) h2c://$declared/from-hta/\$1 [P]\n) },
    config  => <<"CONF");
ProxyPassMatch ^/match/(.*)/(\\d+)\$ h2c://$matched/matched/\$2/\$1
ProxyPassMatch ^/whole/            h2c://$matched
ProxyPass /unused/ h2c://$declared/
<Proxy balancer://cluster>
    BalancerMember h2c://$member
</Proxy>
RewriteEngine On
RewriteRule ^/rewritten/(.*) h2c://$declared/\$1 [P]
RewriteRule ^/added/(.*) h2c://$declared/\$1?more=yes [P,QSA]
RewriteRule ^/cluster/(.*) balancer://cluster/\$1 [P]
RewriteRule ^/loose/(.*) h2c://$loose{rewrite}/\$1 [P]
ProxyPassReverse /rewritten http://inner.test
<FilesMatch \\.app\$>
    SetHandler proxy:h2c://$declared
</FilesMatch>
<FilesMatch \\.own\$>
    SetHandler proxy:h2c://$loose{file}
</FilesMatch>
<Location /handled>
    SetHandler "proxy:h2c://$declared/Mixed"
</Location>
<Location /cluster-handler>
    SetHandler proxy:balancer://cluster
</Location>
<Location /loose-handler>
    SetHandler proxy:h2c://$loose{handler}
</Location>
<Directory __ROOT__/htdocs/hta>
    AllowOverride FileInfo
</Directory>
CONF
my $root = $httpd->root . '/htdocs';

# Where a request came out: its :path and its :authority.
sub leads ($uri, $backend, $path, $what) {
    my $answer = $httpd->get($uri, Host => 'outer.test');
    my %sent = $answer->body =~ /^:?([\w-]+): (.*?)\r$/mg;
    is $answer->status, 200, $what;
    is join(' ', @sent{qw(method scheme authority path)}), "GET http $backend $path", "$uri: what was asked for";
    is $sent{'x-forwarded-host'}, 'outer.test', 'on behalf of whom';
}

leads('/match/a/b/7?q=1',       $matched, '/matched/7/a/b?q=1', 'ProxyPassMatch');
leads('/match/a%20b/7',         $matched, '/matched/7/a%20b', 'with a blank');
leads('/whole/x',               $matched, '/whole/x', 'ProxyPassMatch without a reference');
leads('/rewritten/x/y?q=%2F',   $declared, '/x/y?q=%2F', '[P]');
leads('/rewritten/a%20b',       $declared, '/a%20b', 'with a blank');
leads('/added/x?q=1',           $declared, '/x?more=yes&q=1', '[P,QSA]');
leads('/hta/in/x',              $declared, '/from-hta/x', '[P] in .htaccess');
leads('/cluster/x',             $member,   '/x', '[P] to a balancer');
leads('/x.app?q=1',             $declared, "$root/x.app?q=1", 'SetHandler for files');
leads('/A%20B.app',             $declared, "$root/A%20B.app", 'with a blank');
leads('/cluster-handler/x',     $member,   "$root/cluster-handler", 'SetHandler to a balancer');
is $httpd->answer('/plain.txt'), 'local', 'other files are ours';
leads('/handled',               $declared, "/Mixed$root/handled", 'SetHandler with a path') if is_ours();    # stock: in lower case
is $httpd->get('/rewritten/moved')->header('Location'), 'http://proxy.test/rewritten/there', 'ProxyPassReverse';
is $httpd->request(method => 'POST', path => '/rewritten/up', body => 'hello' x 10_000, chunked => $_)->body, '50000 ' . md5_hex('hello' x 10_000), 'a body' for 0, 1;
is $httpd->request(method => 'HEAD', path => '/x.app')->status, 200, 'HEAD';

# --- backends that no line declares ---
for my $case (['/loose/x', 'rewrite', '/x', '[P]'], ['/loose-handler/x', 'handler', "$root/loose-handler", 'SetHandler'],
    ['/x.own', 'file', "$root/x.own", 'SetHandler for files']) {
    my ($uri, $which, $path, $how) = @$case;
    my $backend = $loose{$which};
    leads($uri, $backend, $path, "$how to a backend that no line declares") for 1 .. 3;
    is $backend->connection_count, 3, "$how: a connection for each request" if is_ours();
    $backend->wait_for_close(3) if is_ours();    # stock keeps the last one
    is scalar(grep { $_->{code} != 0 } $backend->events('goaway')), 0, 'which ends without complaint';
}
if (is_ours() && !engine_is_off()) {
    cmp_ok $_->connection_count, '<=', 2, 'those that are declared keep theirs: two at most' for $declared, $member;
}
is_deeply [map { $_->troubles } $declared, $matched, $member, values %loose], [];
done_testing;
