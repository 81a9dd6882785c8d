# New: what is left of the request's body ends with the connection, so the answer's head says so.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules wait for the body' if !is_ours();

my $backend = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_head or return;
    $connection->reply(403, 'no');
    $connection->wait_for_close;
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

for my $version ('1.1', '1.0') {
    my $client = $httpd->client;
    $client->send("POST / HTTP/$version\r\nHost: h\r\nConnection: keep-alive\r\nContent-Length: 100000\r\n\r\n" . 'x' x 20_000);
    my $response = $client->read_response;
    is $response->status, 403, "HTTP/$version: the answer comes at once";
    is $response->header('Connection'), 'close', 'and says that it is the last';
    is $response->header('Keep-Alive'), undef;
}

done_testing;
