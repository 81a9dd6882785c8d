use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($status) = $request->{head} =~ m{/(\d+)};
        my $length = $request->{head} =~ m{/length} ? "Content-Length: 99\r\n" : '';
        $connection->send("HTTP/1.1 $status X\r\nETag: \"e\"\r\n$length\r\n");
    }
});
my $httpd  = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");
my $client = $httpd->client;

for my $path (qw(/204 /304 /304/length /204)) {
    my $response = $client->request(path => $path);
    is $response->status, substr($path, 1, 3), $path;
    is $response->header('ETag'), '"e"';
    is $response->header('Transfer-Encoding'), undef;
}
is $backend->connection_count, 1, 'one backend connection serves all';

done_testing;
