use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($answer) = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Size: $request->{length}\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n";
        $connection->send_split($answer);
    }
});
my $httpd  = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");
my $client = $httpd->client;

for my $turn (1 .. 3) {
    $client->send_split("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    my $response = $client->read_response;
    is $response->body, 'abc0123456789';
    is $response->header('X-Size'), 11;
}

done_testing;
