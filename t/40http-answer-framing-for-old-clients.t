use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# The second half comes only when the client has the first: nobody can know the length beforehand.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($name) = $request->{head} =~ m{/(\w+)};
        $connection->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        $connection->send_chunk('hello ');
        $connection->wait_for_release($name);
        $connection->send_chunk('world');
        $connection->end_chunks;
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

# The head, and everything after it.
sub answer ($name, $version, $header = '') {
    my $client = $httpd->client;
    $client->send("GET /$name HTTP/$version\r\nHost: h\r\n$header\r\n");
    my $start = $client->read_until(qr/hello /);
    $backend->release($name);
    return split /\r\n\r\n/, $start . ($version eq '1.1' ? $client->read_until(qr/\r\n0\r\n\r\n/) : $client->read_all), 2;
}

my ($head, $body) = answer('new', '1.1');
like $head, qr/^Transfer-Encoding: chunked/m, 'a new client gets chunks';
is $body, "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n";

for my $header ('', "Connection: keep-alive\r\n") {
    ($head, $body) = answer($header ? 'kept' : 'old', '1.0', $header);
    unlike $head, qr/^Transfer-Encoding/m, 'an old one does not';
    is $body, 'hello world', 'and knows the end by the close';
}

done_testing;
