use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $head = "HTTP/1.1 200 OK\r\nX-A: b\r\n";
        $head .= "Content-Length: 1000\r\n"       if $request->{head} =~ m{/length};
        $head .= "Transfer-Encoding: chunked\r\n" if $request->{head} =~ m{/chunked};
        $connection->send("$head\r\n");
    }
});
my $httpd  = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");
my $client = $httpd->client;

sub head ($path) { $client->request(method => 'HEAD', path => $path) }

is head('/length')->header('Content-Length'), 1000;
is head('/chunked')->header('Transfer-Encoding'), 'chunked';
my $plain = head('/neither');
is $plain->status, 200;
is $plain->header('Content-Length'), undef;
is $plain->header('X-A'), 'b';
is head('/length')->status, 200, 'the connection goes on';
is $backend->connection_count, 1, 'and so does the backend\'s';
is(($backend->request_lines)[0], 'HEAD /length HTTP/1.1');

done_testing;
