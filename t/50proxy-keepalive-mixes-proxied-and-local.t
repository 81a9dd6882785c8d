use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller('proxied ');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(alias)], files => { 'htdocs/local/file.txt' => 'a file', 'htdocs/local/big.txt' => 'b' x 300_000 },
    config => <<"CONF");
ProxyPass /local !
ProxyPass /gone !
Redirect 410 /gone
ProxyPass / http://$backend/
ErrorDocument 404 /from-backend
CONF

my $client = $httpd->client;
sub ask ($path) { $client->request(path => $path) }

for my $turn (1 .. 3) {
    is ask("/a$turn")->body, "proxied /a$turn";
    is ask('/local/file.txt')->body, 'a file';
    is ask("/b$turn")->body, "proxied /b$turn";
    is ask('/gone')->status, 410;
    is ask('/local/big.txt')->body_length, 300_000;
    my $missing = ask('/local/missing');
    is $missing->body, 'proxied /from-backend', 'an error document that is proxied';
    is $missing->status, 200, 'and its status is that of the backend';
    is $client->request(method => 'POST', path => '/post', body => 'x' x 50_000, chunked => $turn % 2)->body, 'proxied /post';
    is $client->request(method => 'POST', path => '/local/file.txt', body => 'x' x 50_000)->body, 'a file';
    is $client->request(method => 'HEAD', path => '/local/file.txt')->header('Content-Length'), 6;
}

done_testing;
