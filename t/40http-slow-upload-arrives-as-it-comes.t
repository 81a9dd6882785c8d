use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# The client sends the next piece only when the backend has seen the one before.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    my $seen = '';
    while ($seen !~ /end/ && length(my $bytes = $connection->read_some)) {
        $seen .= $bytes;
        my $count = () = $seen =~ /piece/g;
        $connection->note($connection->number . " pieces $count");
    }
    $connection->reply(200, 'thanks', Connection => 'close');
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

for my $chunked (0, 1) {
    my $fill   = 'x' x 20_000;    # more than is read ahead
    my $client = $httpd->client;
    my $send   = sub ($bytes) { $client->send($chunked ? sprintf("%x\r\n%s\r\n", length $bytes, $bytes) : $bytes) };
    $client->send("POST / HTTP/1.1\r\nHost: h\r\n" . ($chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 20033\r\n\r\n"));
    $send->($fill);
    for my $n (1 .. 5) {
        $send->('piece ');
        $backend->wait_for_note(($chunked + 1) . " pieces $n");
    }
    $send->('end');
    $client->send("0\r\n\r\n") if $chunked;
    is $client->read_response->body, 'thanks', $chunked ? 'chunked' : 'with a length';
}

done_testing;
