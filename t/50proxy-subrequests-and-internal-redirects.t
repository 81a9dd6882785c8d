use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $request->{head} =~ m{/fails} ? $connection->reply(503, 'x') : $connection->reply(200, "[$request->{head}]", 'Content-Type' => 'text/html');
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(include mime dir alias rewrite)],
    files  => { 'htdocs/page.shtml' => 'before <!--#include virtual="/back/part" --> after', 'htdocs/dir/other' => 'x' },
    config => <<"CONF");
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
<Directory __ROOT__/htdocs>
    Options +Includes
</Directory>
ProxyPass /back  http://$backend/back
ProxyPass /over  http://$backend/over
ProxyPass /dir/index.app http://$backend/index
<Location /over>
    ProxyErrorOverride On
</Location>
DirectoryIndex index.app
ErrorDocument 503 /back/error
CONF

my $page = $httpd->request(method => 'GET', path => '/page.shtml',
    headers => ['If-None-Match' => '"x"', 'If-Modified-Since' => 'Fri, 20 Nov 2015 10:00:00 GMT', 'X-Mine' => 1]);
like $page->body, qr{^before \[GET /back/part HTTP/1\.1\r\n.*\] after$}s, 'a part from the backend';
like $page->body, qr/^X-Mine: 1\r$/m;
unlike $page->body, qr/^If-/m, 'without the conditions that were meant for the whole';

my $error = $httpd->get('/over/fails');
like $error->body, qr{^\[GET /back/error }, 'an error document from the backend';
is $error->status, 200;

like $httpd->get('/dir/')->body, qr{^\[GET /index }, 'a directory index at the backend';

my $post = $httpd->request(method => 'POST', path => '/over/fails', body => 'x' x 20_000);
like $post->body, qr{^\[GET /back/error }, 'after a POST: the error document is fetched with GET';
unlike $post->body, qr{^(?:Content-Length: [1-9]|Transfer-Encoding)}m, 'and without the body';

done_testing;
