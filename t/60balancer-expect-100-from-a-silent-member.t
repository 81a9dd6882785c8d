use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $silent  = CxxProxy::Backend->start(sub ($connection) { $connection->wait_for_close if $connection->read_head });
my $talking = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        $connection->send("HTTP/1.1 100 Continue\r\n\r\n");
        $connection->reply(200, $connection->read_body($head)->{body});
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$silent timeout=1 loadfactor=100
    BalancerMember http://$talking
</Proxy>
ProxyPass /alone http://$silent timeout=1
ProxyPass /      balancer://cluster/
CONF

sub post ($path) {
    my $client = $httpd->client;
    $client->send("POST $path HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
    my $response = $client->read_interim;
    return $response if $response->status != 100;
    $client->send('hello');
    return $client->read_response;
}

is post('/alone')->status, 503, 'no 100 in time';
is post('/')->body, 'hello', 'in a balancer another member is asked';
like $httpd->error_log, qr/AH01102/, 'and the log tells';

done_testing;
