use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($status) = $request->{head} =~ m{/(\d+)};
        $connection->send("HTTP/1.1 $status Theirs\r\nContent-Length: 5\r\nX-Theirs: 1\r\nContent-Type: text/x\r\n"
            . "Set-Cookie: a=1\r\nWWW-Authenticate: Basic realm=x\r\nLocation: /x\r\n\r\ntheir");
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(headers)], files => { 'htdocs/errors/404.txt' => 'our own' }, config => <<"CONF");
ProxyPass /errors !
ProxyPass / http://$backend/
Header always set X-Ours 1
ErrorDocument 404 /errors/404.txt
ErrorDocument 503 "our text"
<VirtualHost *:__PORT__>
    ServerName off.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName on.test
    ProxyErrorOverride On
    <Location /off>
        ProxyErrorOverride Off
    </Location>
    <Location /codes>
        ProxyErrorOverride On 404
    </Location>
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName codes.test
    ProxyErrorOverride On 404 503
    <Location /more>
        ProxyErrorOverride On 500
    </Location>
</VirtualHost>
CONF

sub body ($host, $path) { my $response = $httpd->get($path, Host => $host); $response->status . ' ' . substr $response->body, 0, 9 }

is body('off.test', '/404'), '404 their';
is body('on.test',  '/200'), '200 their';
is body('on.test',  '/302'), '302 their', 'redirects are no errors';
is body('on.test',  '/304'), '304 ';
is body('on.test',  '/404'), '404 our own';
is body('on.test',  '/503'), '503 our text';
is body('on.test',  '/500'), '500 <!DOCTYPE';
is body('on.test',  '/418'), '418 <!DOCTYPE';
is body('on.test',  '/off/404'), '404 their', 'off in a Location';
is body('on.test',  '/codes/500'), '500 their', 'only some codes in a Location';
is body('on.test',  '/codes/404'), '404 our own';
is body('codes.test', '/404'), '404 our own';
is body('codes.test', '/500'), '500 their';
is body('codes.test', '/more/500'), '500 <!DOCTYPE';
is body('codes.test', '/more/404'), '404 our own', 'code lists are united';

my $response = $httpd->get('/500', Host => 'on.test');
is $response->status_line, 'HTTP/1.1 500 Theirs', 'the reason phrase stays';
is $response->header('X-Ours'), 1;
is $response->header($_), undef, "$_ goes" for qw(X-Theirs Set-Cookie Location WWW-Authenticate);
like $response->header('Content-Type'), qr{^text/html};
is $httpd->get('/401', Host => 'on.test')->header('WWW-Authenticate'), 'Basic realm=x', '401 keeps its challenge';
is $httpd->request(method => 'HEAD', path => '/404', headers => [Host => 'on.test'])->status, 404;

my $client = $httpd->client;
is $client->request(path => '/404', headers => [Host => 'on.test'])->body, 'our own' for 1 .. 3;
is $httpd->raw("GET /404 HTTP/1.0\r\nHost: on.test\r\n\r\n") =~ /\r\n\r\n(.*)/s ? $1 : '', 'our own';

done_testing;
