use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my %start = (
    length => "Content-Length: 100\r\n\r\nonly this",
    chunks => "Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
    chunk  => "Transfer-Encoding: chunked\r\n\r\n64\r\nonly this",
    junk   => "Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
);
my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $request = $connection->read_request or return;
    my ($how) = $request->{head} =~ m{/(\w+)};
    $connection->send("HTTP/1.1 200 OK\r\n$start{$how}");
    $connection->wait_for_release($how);
    $connection->send("xyz\r\n") if $how eq 'junk';
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

for my $how (sort keys %start) {
    my $client = $httpd->client;
    $client->send("GET /$how HTTP/1.1\r\nHost: h\r\n\r\n");
    my $start = $client->read_until(qr/only this/);
    like $start, qr{^HTTP/1\.1 200 .*only this$}s, "$how: what comes";
    $backend->release($how);
    my $rest = $client->read_all;
    unlike $rest, qr/^0\r\n/m, 'no end is invented';
    is $rest =~ s/^\r\n//r, '', 'and the connection ends';
}

done_testing;
