use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours per_stack);
use Digest::MD5 qw(md5_hex);

# What every request over HTTP/2 to a backend has to have, and every answer.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $backend = CxxProxy::Http2Backend->start({
    '/up'      => [['report']],
    '/fields'  => [['reply', 200, 'x', ['alt-svc', 'h2=":1"', 'x-one', '1', 'x-two', '2', 'x-one', '3', 'server', 'theirs', 'x-empty', '']]],
    '/length'  => [['head', 200], ['data', 'no '], ['data', 'length'], ['end']],
    '/nothing' => [['head', 200, [], 1]],
    '/404'     => [['reply', 404, 'their 404', ['x-theirs', 'yes']]],
    '/500'     => [['reply', 500, 'their 500', ['x-theirs', 'yes']]],
    '/same'    => [['reply', 304, '', ['etag', '"e"']]],
    '/away'    => [['reply', 302, '', ['location', 'http://inner.test/deep/x?y=1']]],
    '/cookie'  => [['reply', 200, '', ['set-cookie', 'a=1; path=/inner; domain=inner.test', 'set-cookie', 'b=2; path=/other']]],
});
my $port  = $backend->port;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_http2'], modules => ['headers'], config => <<"CONF");
ProxyPass /app h2c://$backend/inner
ProxyPass / h2c://$backend/
ProxyPassReverse /outer http://inner.test/deep
ProxyPassReverseCookiePath /inner /outer
ProxyPassReverseCookieDomain inner.test outer.test
<VirtualHost *:__PORT__>
    ServerName plain.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName via.test
    ProxyVia On
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName preserve.test
    ProxyPreserveHost On
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName override.test
    ProxyErrorOverride On
    ErrorDocument 404 "our 404"
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName bare.test
    ProxyAddHeaders Off
    RequestHeader set X-Added yes
</VirtualHost>
CONF

# --- the head of a request as the backend sees it ---

my $head = $httpd->get('/app/x%20y?q=1&r=%2F', Host => 'plain.test', 'X-Mixed-Case' => 'Value', Cookie => 'a=1; b=2')->body;
my $sent = sub ($name) { join '|', $head =~ /^\Q$name\E: (.*?)\r$/mg };
is $sent->(':method'),    'GET', 'the method';
is $sent->(':scheme'),    'http', ':scheme is http';
is $sent->(':authority'), "127.0.0.1:$port", ':authority is the backend';
is $sent->(':path'),      '/inner/x%20y?q=1&r=%2F', 'path and query';
is $sent->('x-mixed-case'), 'Value', 'names are in lower case';
is $sent->('cookie'),     'a=1; b=2', 'cookies';
is $sent->('te'),         'trailers', 'te: trailers';
is $sent->('x-forwarded-for'),  '127.0.0.1', 'X-Forwarded-For';
is $sent->('x-forwarded-host'), 'plain.test', 'X-Forwarded-Host';
is $sent->('x-forwarded-server'), 'plain.test', 'X-Forwarded-Server';
unlike $head, qr/^(?:host|connection|keep-alive|transfer-encoding|upgrade|via):/m, 'nothing that has no place there';
unlike $head, qr/^[^:].*\r\n:/m, 'what begins with a colon comes first';

$head = $httpd->get('/x', Host => 'plain.test', Connection => 'X-Listed, keep-alive', 'X-Listed' => 'no', 'Keep-Alive' => 'timeout=5', 'X-Stays' => 'yes',
    'Proxy-Connection' => 'keep-alive', Upgrade => 'websocket', TE => 'gzip')->body;
is $sent->('x-stays'), 'yes';
is $sent->('te'), 'trailers', 'te of the client ends here';
is $sent->($_), '', "$_ ends here" for qw(connection keep-alive proxy-connection upgrade);
is $sent->('x-listed'), '', 'what Connection lists ends here' if is_ours();    # stock passes it on

$head = $httpd->get('/x', Host => 'plain.test', 'X-Forwarded-For' => '192.0.2.1', 'X-Forwarded-Host' => 'first.test')->body;
is $sent->('x-forwarded-for'),  '192.0.2.1, 127.0.0.1', 'X-Forwarded-For goes on';
is $sent->('x-forwarded-host'), 'first.test, plain.test', 'X-Forwarded-Host goes on';

my $answer = $httpd->get('/x', Host => 'via.test', Via => '1.0 before');
$head = $answer->body;
is $sent->('via'), per_stack(stock => '1.0 before', ours => '1.0 before, 1.1 via.test'), 'ProxyVia: in the request';
is $answer->header('Via'), per_stack(stock => undef, ours => '1.1 via.test'), 'and in the answer';    # stock looks at the main server's

$head = $httpd->get('/x', Host => 'preserve.test')->body;
is $sent->(':authority'), 'preserve.test', 'ProxyPreserveHost: :authority is what the client asked for';
is $sent->('x-forwarded-host'), 'preserve.test';
unlike $head, qr/^host:/m, 'and there is no host beside it';

$head = $httpd->get('/x', Host => 'bare.test')->body;
unlike $head, qr/^x-forwarded/m, 'ProxyAddHeaders Off';
is $sent->('x-added'), 'yes', 'RequestHeader';

# --- methods and bodies ---

sub sum_of ($bytes) { length($bytes) . ' ' . md5_hex($bytes) }
for my $size (0, 1, 65_535, 65_536, 300_000) {
    my $body = substr join('', map { chr } 0 .. 250) x 1200, 0, $size;
    is $httpd->request(method => 'POST', path => '/up', body => $body)->body, sum_of($body), "POST of $size bytes";
    is $httpd->request(method => 'PUT', path => '/up', body => $body, chunked => 1)->body, sum_of($body), 'in chunks';
}
my ($counted) = grep { $_->{path} eq '/up' && $_->{length} == 65_536 } $backend->requests;
is +($backend->fields($counted, 'content-length'))[0], 65_536, 'a length that the client tells is told';
is $httpd->request(method => 'DELETE', path => '/x')->status, 200, 'DELETE';
like $httpd->request(method => 'OPTIONS', path => '/x')->body, qr/^:method: OPTIONS\r$/m, 'OPTIONS';

my $client = $httpd->client;
$answer = $client->request(method => 'HEAD', path => '/size/1000');
is $answer->status . ' ' . $answer->header('Content-Length'), '200 1000', 'HEAD has the length';
is $client->request(path => '/size/3')->body_length, 3, 'and no body: the next answer on the connection is whole';

# --- answers ---

$answer = $httpd->get('/fields');
is $answer->header('Alt-Svc'), undef, 'alt-svc ends here';
is join(',', $answer->all('X-One')), '1,3', 'fields that come twice stay two';
is $answer->header('X-Empty'), '', 'an empty field';
is $answer->version, '1.1';
is $httpd->get('/length')->body, 'no length', 'a body whose length nobody has told';
is $httpd->get('/nothing')->body, '', 'a head that ends the answer';
is length($httpd->get('/size/1000000')->body), 1_000_000, 'a megabyte';

for my $status (201, 204, 206, 400, 404, 410, 500, 503) {
    $answer = $httpd->get("/status/$status");
    is $answer->status, $status, "status $status";
    ok $answer->complete, 'and the answer ends';
}
$answer = $client->request(path => '/same', headers => ['If-None-Match' => '"e"']);
is $answer->status . $answer->header('ETag'), '304"e"', 'status 304';
is $client->request(path => '/404')->body, 'their 404', 'an error page of theirs';

$answer = $httpd->get('/404', Host => 'override.test');
is $answer->status . ' ' . $answer->body, '404 our 404', 'ProxyErrorOverride: ours';
is $answer->header('X-Theirs'), undef;
$answer = $httpd->get('/500', Host => 'override.test');
like $answer->body, qr/Internal Server Error/, 'for every error';
is $answer->status, 500;
is $httpd->get('/size/1', Host => 'override.test')->body_length, 1, 'and none else';

is $httpd->get('/away', Host => 'plain.test')->header('Location'), 'http://plain.test/outer/x?y=1', 'ProxyPassReverse';
is join('|', $httpd->get('/cookie')->all('Set-Cookie')), 'a=1; path=/outer; domain=outer.test|b=2; path=/other', 'cookies are mapped';

is scalar(grep { !$_->{complete} } $backend->requests), 0, 'every request was complete';
is_deeply [$backend->troubles], [];
done_testing;
