use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        if ($head =~ m{/refuse}) { return $connection->reply(417, 'no', Connection => 'close') }
        $connection->send("HTTP/1.1 100 Continue\r\n\r\n") if $head =~ /^Expect: 100-continue\r$/m;
        my $body = $connection->read_body($head);
        $connection->reply(200, $body->{body});
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
<Location /off>
    Proxy100Continue Off
</Location>
CONF

sub expecting ($path, $version = '1.1') {
    my $client = $httpd->client;
    $client->send("POST $path HTTP/$version\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
    return $client;
}

my $client = expecting('/on');
is $client->read_interim->status, 100, 'the client is told to go on';
$client->send('hello');
my $response = $client->read_response;
is $response->status, 200;
is $response->body, 'hello';
like $backend->last_request->{head}, qr/^Expect: 100-continue\r$/m, 'the backend was asked';

$client = expecting('/off');
is $client->read_interim->status, 100, 'Proxy100Continue Off: the server says so itself';
$client->send('hello');
is $client->read_response->body, 'hello';
unlike $backend->last_request->{head}, qr/^Expect:/m, 'the backend was not asked';

$client = expecting('/refuse');
is $client->read_response->status, 417, 'the backend refuses, the client keeps its body';

is $httpd->get('/', Expect => '100-continue')->status, 200, 'without a body';
is $httpd->get('/', Expect => 'something-else')->status, 417, 'other expectations are not met';

done_testing;
