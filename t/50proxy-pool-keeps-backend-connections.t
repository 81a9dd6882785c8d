use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $closing = CxxProxy::Backend->answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", then => 'close');
my $old     = CxxProxy::Backend->answering("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", then => 'close');
my $polite  = CxxProxy::Backend->answering("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx");
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /kept    http://$backend/
ProxyPass /closing http://$closing/
ProxyPass /old     http://$old/
ProxyPass /polite  http://$polite/
CONF

is $httpd->get('/kept')->status, 200 for 1 .. 4;
is $backend->connection_count, 1, 'four client connections, one to the backend';
my $client = $httpd->client;
is $client->request(path => '/kept')->status, 200 for 1 .. 3;
is $backend->connection_count, 1, 'it serves them all';
is $httpd->request(method => 'POST', path => '/kept', body => 'x' x 20_000, chunked => 1)->status, 200;
is $httpd->request(method => 'HEAD', path => '/kept')->status, 200;
is $httpd->get('/kept')->status, 200;
is $backend->connection_count, 1, 'whatever the method';

is $httpd->get('/closing')->status, 200 for 1 .. 3;
is $closing->connection_count, 3, 'Connection: close is heard';
is $httpd->get('/old')->status, 200 for 1 .. 3;
is $old->connection_count, 3, 'HTTP/1.0 closes';
is $httpd->get('/polite')->status, 200, 'HTTP/1.0 with keep-alive: kept or not' for 1 .. 3;

done_testing;
