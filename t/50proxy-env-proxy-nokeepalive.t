use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf Request_URI close proxy-nokeepalive=0
ProxyPass / http://$backend/
CONF

is $httpd->get('/close')->body, 'x' for 1 .. 3;
is $backend->connection_count, 3, 'a connection per request';
like $backend->last_request->{head}, qr/^Connection: close\r$/m;
is $httpd->get('/other')->body, 'x' for 1 .. 3;
is $backend->connection_count, 4, 'others share one';

done_testing;
