use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# The backend sends the next event only when the test has seen the one before.
sub events ($connection, $mode, $send) {
    for my $n (1 .. 5) {
        $connection->wait_for_release("$mode$n");
        $send->("data: $n\n\n");
    }
}
my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $request = $connection->read_request or return;
    my $type = "Content-Type: text/event-stream\r\n";
    if ($request->{head} =~ m{/chunked}) {
        $connection->send("HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\n\r\n");
        events($connection, chunked => sub ($event) { $connection->send_chunk($event) });
        $connection->end_chunks;
    }
    else {
        $connection->send("HTTP/1.1 200 OK\r\n$type\r\n");
        events($connection, close => sub ($event) { $connection->send($event) });
    }
});

for my $mode (qw(chunked close)) {
    my $httpd  = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");
    my $client = $httpd->client;
    $client->send("GET /$mode HTTP/1.1\r\nHost: h\r\n\r\n");
    like $client->read_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 200 /, "$mode: the head comes before any event";
    for my $n (1 .. 5) {
        $backend->release("$mode$n");
        like $client->read_until(qr/data: $n\n\n/), qr/data: $n\n\n$/, "event $n";
    }
}

done_testing;
