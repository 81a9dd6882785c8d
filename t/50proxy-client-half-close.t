use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->wait_for_release('a') if $request->{head} =~ m{/a};
        $connection->reply(200, "$request->{length} bytes");
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

my $client = $httpd->client;
$client->send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
$client->half_close;
$backend->wait_for_requests(1);
$backend->release('a');
is $client->read_response->body, '5 bytes', 'a client that only listens still gets its answer';
ok $client->is_closed;

done_testing;
