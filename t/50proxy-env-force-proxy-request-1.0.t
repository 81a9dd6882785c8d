use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf Request_URI . force-proxy-request-1.0
ProxyPass / http://$backend/
CONF

is $httpd->get('/a')->body, 'x';
my $head = $backend->last_request->{head};
like $head, qr{^GET /a HTTP/1\.0\r\n};
unlike $head, qr/^Connection:/m, 'no Connection';

$httpd->get('/b', Expect => '100-continue', Upgrade => 'websocket', Connection => 'Upgrade');
unlike $backend->last_request->{head}, qr/^(?:Expect|Upgrade|Connection):/m, 'nor what HTTP/1.0 does not know';

my $body = 'y' x 50_000;
is $httpd->request(method => 'POST', body => $body, chunked => 1)->body, 'x';
like $backend->last_request->{head}, qr/^Content-Length: 50000\r$/m, 'a chunked body gets its length';
unlike $backend->last_request->{head}, qr/^Transfer-Encoding/m;
is $backend->last_request->{body}, $body;
is $backend->connection_count, 3, 'a connection per request';

done_testing;
