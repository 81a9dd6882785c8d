use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# The backend answers when it has seen the head, and takes the body nevertheless.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        $connection->reply(413, 'too much');
        $connection->read_body($head);
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

my $client = $httpd->client;
for my $size (10, 100_000, 5_000_000) {
    my $response = $client->request(method => 'POST', body => 'x' x $size, chunked => $size % 3);
    is $response->status, 413, "$size bytes";
    is $response->body, 'too much';
    $client = $httpd->client if ($response->header('Connection') // '') eq 'close';
}

done_testing;
