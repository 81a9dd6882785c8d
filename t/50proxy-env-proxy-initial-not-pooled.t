use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf Request_URI ^/fresh proxy-initial-not-pooled
ProxyPass / http://$backend/
CONF

is $httpd->get('/pooled')->body, 'x' for 1 .. 2;
is $backend->connection_count, 1;
is $httpd->get('/fresh')->body, 'x';
is $backend->connection_count, 2, 'the first request of a client connection takes no pooled one';
my $client = $httpd->client;
is $client->request(path => '/fresh')->body, 'x';
is $backend->connection_count, 3;
is $client->request(path => '/fresh')->body, 'x' for 1 .. 2;
is $backend->connection_count, 3, 'its second request does';

done_testing;
