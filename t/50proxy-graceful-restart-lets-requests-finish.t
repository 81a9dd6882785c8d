use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $request = $connection->read_request or return;
    $connection->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") unless $request->{head} =~ m{/late};
    $connection->send_chunk('first ') unless $request->{head} =~ m{/late};
    $connection->wait_for_release;
    $connection->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") if $request->{head} =~ m{/late};
    $connection->send_chunk('second');
    $connection->end_chunks;
});
my $new   = CxxProxy::Backend->named('new');
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

my ($early, $late) = map { $httpd->client } 1 .. 2;
$early->send("GET /early HTTP/1.1\r\nHost: h\r\n\r\n");
$late->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
$early->read_until(qr/first /);
$backend->wait_for_requests(2);

$httpd->graceful("ProxyPass / http://$new/");
is $httpd->get('/')->body, 'new', 'the new configuration is in force';
$backend->release;
like $early->read_all, qr/second\r\n0\r\n\r\n$/, 'an answer that was under way is finished';
is $late->read_response->body, 'second', 'and one that had not begun';

done_testing;
