use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::RealBackend;
use CxxProxy::Stack qw(is_ours per_stack);
use Digest::MD5 ();

# h2:// members: HTTP/2 inside TLS if ALPN says so, and nothing else.
plan skip_all => $_ for grep { defined } CxxProxy::Authority->missing, CxxProxy::Http2Backend->missing;

my $ca    = CxxProxy::Authority->new('Test Authority');
my $good  = $ca->certificate(san => 'DNS:localhost');
my $files = CxxProxy::RealBackend->files(small => 1000, large => 3_000_000);
my %sum   = map { $_ => CxxProxy::RealBackend->sum_of_file("$files/$_") } qw(small large);
my %real  = map { $_ => CxxProxy::RealBackend->start($_, $files, tls => $good) } grep { $_ ne 'haproxy' } CxxProxy::RealBackend->available;

my $echo      = CxxProxy::Http2Backend->start({ '/up' => [['report']] }, tls => $good);
my $named     = CxxProxy::Http2Backend->start({
    '*'     => [['reply', 200, 'h2']],
    '/none' => [['reply', 404, 'the page of the backend']],
    map { ("/away/$_" => [['reply', 302, '', ['location', "https://localhost/deep/$_"]]]) } qw(written meant)
}, tls => $good);
my $clear     = CxxProxy::Http2Backend->start({ '*' => [['reply', 200, 'h2c']] });
my $others    = CxxProxy::Http2Backend->start({}, tls => { %$good, alpn => ['http/1.1'] });
my $elsewhere = CxxProxy::Http2Backend->start({}, tls => $ca->certificate(san => 'DNS:elsewhere.test'));
my $https     = CxxProxy::Backend->named('https', tls => $good);
my $http      = CxxProxy::Backend->named('http');
my $no_tls    = CxxProxy::Backend->start(sub ($connection) { $connection->read_some; $connection->send("HTTP/1.0 400 Plain\r\n\r\n") });

my $at = sub ($backend) { 'localhost:' . $backend->port };
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_http2'], modules => [qw(ssl socache_shmcb rewrite)],
    files  => { 'htdocs/x.app' => '' },
    config => join "\n", (map { "ProxyPass /$_ h2://" . $at->($real{$_}) } keys %real), <<"CONF");
SSLProxyCACertificateFile @{[$ca->file]}
SSLProxyEngine On
<Proxy balancer://mixed>
    BalancerMember h2://@{[$at->($named)]}
    BalancerMember https://@{[$at->($https)]}
    BalancerMember h2c://$clear
    BalancerMember http://$http
</Proxy>
<Proxy balancer://failing>
    BalancerMember h2://@{[$at->($https)]}/failing
    BalancerMember h2://@{[$at->($named)]}/failing
</Proxy>
ProxyPass /mixed     balancer://mixed
ProxyPass /failing   balancer://failing
ProxyPass /echo      h2://@{[$at->($echo)]}
ProxyPass /others    h2://@{[$at->($others)]}
ProxyPass /none      h2://@{[$at->($https)]}/none
ProxyPass /no-tls    h2://$no_tls
ProxyPass /elsewhere h2://@{[$at->($elsewhere)]}
ProxyPass /away      h2://@{[$at->($named)]}/away
ProxyPassMatch ^/match/(.*) h2://@{[$at->($named)]}/\$1
ProxyPassReverse /written https://localhost/deep/written
ProxyPassReverse /meant   h2://localhost/deep/meant
<FilesMatch \.app\$>
    SetHandler proxy:h2://@{[$at->($named)]}
</FilesMatch>
<Location /over>
    ProxyPass h2://@{[$at->($named)]}
    ProxyErrorOverride On
    ErrorDocument 404 "our own page"
</Location>
<VirtualHost *:__PORT__>
    ServerName front.test
    RewriteEngine On
    RewriteRule ^/rewritten/(.*) h2://@{[$at->($named)]}/\$1 [P]
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName preserve.test
    ProxyPreserveHost On
    SSLProxyCheckPeerName Off
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName engineless.test
    SSLProxyEngine Off
    ProxyPass /engineless h2://@{[$at->($echo)]}/engineless
</VirtualHost>
CONF

for my $kind (sort keys %real) {
    for my $name (qw(small large)) {
        my $answer = $httpd->get("/$kind/files/$name");
        is length($answer->body) . ' ' . Digest::MD5::md5_hex($answer->body), $sum{$name}, "$kind: a $name file";
    }
    my $backend = $real{$kind};
    my $answer  = $httpd->request(method => $backend->upload_method, path => "/$kind" . $backend->upload_path, body => CxxProxy::RealBackend->block(300_000));
    is $backend->sum_of($answer), '300000 ' . Digest::MD5::md5_hex(CxxProxy::RealBackend->block(300_000)), "$kind: an upload";
}

my $head = $httpd->get('/echo/x', Host => 'front.test')->body;
like $head, qr/^:scheme: https\r$/m, ':scheme is https';
like $head, qr/^:authority: @{[$at->($echo)]}\r$/m, ':authority is the backend';
like $httpd->get('/echo/x', Host => 'preserve.test')->body, qr/^:authority: preserve\.test\r$/m, 'ProxyPreserveHost';
is +($echo->events('open'))[0]{alpn}, 'h2', 'ALPN says h2';
$httpd->get('/echo/x', Host => 'front.test');
my $before = $echo->connection_count;
is $httpd->get('/echo/x', Host => 'front.test')->status, 200, 'connections' for 1 .. 5;
cmp_ok $echo->connection_count, '<=', $before + 1, 'are kept';    # the last one may not be back yet; ours: one for each reactor
is $httpd->request(method => 'POST', path => '/echo/up', host => 'front.test', body => 'x' x 200_000)->body =~ s/ .*//r, 200_000, 'a body in TLS';

sub refused ($what, $path, %option) {
    my $answer = $httpd->get($path, Host => $option{host} // 'front.test');
    like $answer->status, qr/^50[0-3]$/, $what . ': ' . $answer->status;
}
refused('a backend that chooses another protocol', '/others');
refused('a backend without ALPN', '/none');
refused('a backend without TLS', '/no-tls');
refused('a certificate for somebody else', '/elsewhere');
refused('without SSLProxyEngine', '/engineless', host => 'engineless.test');
is scalar($others->requests) + $https->requests + $elsewhere->requests, 0, 'none of them was asked';
like $httpd->error_log, qr/AH10273: /, 'the error log has the reason';
if (is_ours()) {
    like $httpd->error_log, qr/:error\].* AH10273: .*localhost:@{[$_->port]}\b.*ALPN/, 'and names the backend, at level error' for $others, $https;
}

is $httpd->answer($_, Host => 'front.test'), 'h2', "$_: another way to it" for qw(/rewritten/x /x.app /match/x /over/x);
like join(' ', map { $_->{path} } ($named->requests)[-4 .. -1]), qr{^/x /\S*x\.app /x /x$}, 'each asks for its path';
my $none = $httpd->get('/over/none', Host => 'front.test');
is $none->status . ' ' . $none->body, '404 our own page', 'ProxyErrorOverride';
is $httpd->get('/match/none', Host => 'front.test')->body, 'the page of the backend', 'without it';
my $location = sub ($path) { $httpd->get($path, Host => 'front.test')->header('Location') };
is $location->('/away/written'), 'http://front.test/written', 'ProxyPassReverse with https://';
my $meant = per_stack(stock => 'https://localhost/deep/meant', ours => 'http://front.test/meant');    # stock: as written only
is $location->('/away/meant'), $meant, 'with h2://';

my %served;
$served{ $httpd->answer('/mixed/x') }++ for 1 .. 12;
is_deeply \%served, { h2 => 3, https => 3, h2c => 3, http => 3 }, 'members of all schemes share the work';
my @answers = map { $httpd->answer('/failing/x') } 1 .. 4;
is join(' ', @answers[1 .. 3]), 'h2 h2 h2', 'a member without HTTP/2 gets no more than one request';
is_deeply [map { $_->troubles } $echo, $named, $clear], [];
done_testing;
