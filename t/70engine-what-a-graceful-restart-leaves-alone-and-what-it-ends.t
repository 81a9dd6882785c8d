use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads seconds_for used_client);
use CxxProxy::Wait qw(await);

# Streams and requests under way go on to their end, in the old child; idle connections are closed at once; then that child ends.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if ($request->{head} =~ m{/events}) {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for my $n (1 .. 6) {
                $connection->wait_for_release("event$n");
                $connection->send_chunk("data: $n\n\n") or return;
            }
            $connection->end_chunks;
        }
        elsif ($request->{head} =~ m{/late}) { $connection->wait_for_release('late'); $connection->reply(200, 'late') }
        else                                 { $connection->reply(200, "old $request->{length}") }
    }
});
my $new   = CxxProxy::Backend->named('new');
my $httpd = few_threads(config => "KeepAliveTimeout 60\nProxyPass / http://$backend/");
my ($old) = $httpd->children;

my @idle    = map { used_client($httpd) } 1 .. 20;
my @streams = ($httpd->client, used_client($httpd));
my @late    = ($httpd->client, used_client($httpd));
$_->send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n") for @streams;
$_->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n") for @late;
my @uploads = ($httpd->client, used_client($httpd));
$_->send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" . 'u' x 50_000) for @uploads;
sub event ($n) {
    $backend->release("event$n");
    like $_->read_until(qr/data: $n\n\n/), qr/data: $n\n\n$/, "event $n" for @streams;
}
event($_) for 1, 2;
$backend->wait_for_requests(2 * 24 + 2 + 2 + 2 - 4);

my $config = "KeepAliveTimeout 60\nAsyncRequestWorkerFactor 100\nThreadLimit 20\n";
$httpd->graceful("${config}ProxyPass / http://$new/");
is $httpd->get('/')->body, 'new', 'the new generation serves';
my $seconds = seconds_for(sub { is scalar(grep { $_->is_closed } @idle), 20, 'idle connections are closed' });
cmp_ok $seconds, '<', 5, 'at once';

event($_) for 3, 4;
$httpd->graceful("${config}ProxyPass / http://$new/");
event(5);
ok kill(0, $old), 'the old child is there still, after two restarts';
$_->send('u' x 50_000) for @uploads;
is $_->read_response->body, 'old 100000', 'an upload goes on' for @uploads;
$backend->release('late');
is $_->read_response->body, 'late', 'a late answer comes' for @late;
event(6);
like $_->read_until(qr/\r\n0\r\n\r\n/), qr/\r\n0\r\n\r\n$/, 'the stream comes to its end' for @streams;
ok $_->is_closed, 'and then its connection, too' for @streams, @late, @uploads;
await('the end of the old child', sub { !kill 0, $old });
is $httpd->get('/')->body, 'new';

done_testing;
