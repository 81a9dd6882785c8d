use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) {
        $connection->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        $connection->send_chunk('hello ');
        $connection->send_chunk('world');
        $connection->end_chunks;
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

is $httpd->get('/')->framing, 'chunked', 'a new client gets chunks';
is $httpd->get('/')->body, 'hello world';
my $old = $httpd->request(version => '1.0');
is $old->header('Transfer-Encoding'), undef, 'an old one does not';
is $old->body, 'hello world';
my $client = $httpd->client;
my $kept   = $client->request(version => '1.0', headers => [Connection => 'keep-alive']);
is $kept->body, 'hello world';
ok $kept->framing eq 'length' || $client->is_closed, 'the end is the close, or a length';

done_testing;
