use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
KeepAliveTimeout 1
MaxKeepAliveRequests 3
ProxyPass / http://$backend/
CONF

my $client = $httpd->client;
is $client->request->body, 'x';
ok $client->is_closed, 'an idle connection is closed in time';

$client = $httpd->client;
my @responses = map { $client->request } 1 .. 4;
is $responses[$_]->header('Connection'), undef for 0 .. 2;
is $responses[3]->header('Connection'), 'close', 'the last one says so';
ok $client->is_closed;

$client = $httpd->client;
my $response = $client->request(version => '1.0', headers => [Connection => 'Keep-Alive']);
is $response->header('Connection'), 'Keep-Alive', 'HTTP/1.0 with keep-alive';
is $response->header('Keep-Alive'), 'timeout=1, max=3';
is $client->request(version => '1.0')->body, 'x';
ok $client->is_closed, 'HTTP/1.0 without';

done_testing;
