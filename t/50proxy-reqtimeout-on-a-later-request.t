use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(reqtimeout)], config => <<"CONF");
RequestReadTimeout header=1 body=1
ProxyPass / http://$backend/
CONF

for my $warm (0, 1) {
    my $client = $httpd->client;
    is $client->request->body, 'x' if $warm;
    $client->send("GET / HTTP/1.1\r\nHost: h\r\nX-Slow");
    my $response = $client->read_response;
    is $response ? $response->status : 'closed', 408, $warm ? 'a later header that never ends' : 'a first header that never ends';
    ok $client->is_closed;
}

done_testing;
