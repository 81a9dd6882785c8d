use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_stock is_sanitized per_stack);

# What a backend can go on with for ever: how it begins, what it repeats. Each must end, in an error page or in an answer
# that is visibly cut, before it has sent much.
my $most = per_stack(stock => 64 << 20, ours => 16 << 20);    # more than sockets may hold
my $ok   = "HTTP/1.1 200 OK\r\n";
my %endless = (
    'status-line'       => ["HTTP/1.1 200 ", 'x' x 1000],
    'garbage'           => ['', 'x' x 1000],
    'empty-lines'       => ['', "\r\n" x 500],
    'field-name'        => [$ok, 'x' x 1000],
    'field-value'       => ["${ok}X-A: ", 'x' x 1000],
    'fold'              => ["${ok}X-A: b\r\n", " x\r\n" x 300],
    'fields'            => [$ok, "X-A: b\r\n" x 100],
    'status-lines'      => [$ok, "HTTP/1.1 200 OK\r\n" x 50],
    'interims'          => ['', "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n" x 10],
    'continues'         => ['', "HTTP/1.1 100 Continue\r\n\r\n" x 20],
    'length'            => ["${ok}Content-Length: 0", '0' x 1000],
    'chunk-size'        => ["${ok}Transfer-Encoding: chunked\r\n\r\n", '0' x 1000],
    'chunk-blanks'      => ["${ok}Transfer-Encoding: chunked\r\n\r\n5", ' ' x 1000],
    'chunk-extension'   => ["${ok}Transfer-Encoding: chunked\r\n\r\n5;", 'x' x 1000],
    'chunk-extensions'  => ["${ok}Transfer-Encoding: chunked\r\n\r\n", ('1;' . 'x' x 5000 . "\r\na\r\n")],
    'trailer'           => ["${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: ", 'x' x 1000],
    'trailers'          => ["${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-A: b\r\n" x 100],
    'HEAD-body'         => ["${ok}Content-Length: 5\r\n\r\n", 'EVIL' x 250],
    '204-body'          => ["HTTP/1.1 204 No\r\n\r\n", 'EVIL' x 250],
    'after-the-end'     => ["${ok}Content-Length: 2\r\n\r\nok", 'EVIL' x 250],
);
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($what) = $request->{head} =~ m{^\S+ /endless-(\S+)} or do { answer_with_target($connection, $request); next };
        my ($begin, $more) = @{ $endless{$what} };
        my $sent = length $begin;
        my $on = $connection->send($begin);
        while ($on && $sent < 64 << 20) { $on = $connection->send($more); $sent += length $more }
        return $connection->note("$what $sent");
    }
});
my $httpd = CxxProxy::Httpd->start(threads => 8, config => "Timeout 20\nProxyPass / http://$backend/ max=1 retry=0");
ask($httpd, "/warm");
my $resident = $httpd->resident;

for my $what (sort keys %endless) {
    SKIP: {
        skip "$what: no limit of that kind is promised there", 3 if is_stock() && $what =~ /^(?:fields|status-lines|chunk-extensions|fold|garbage)$/;
        my $method   = $what =~ /HEAD/ ? 'HEAD' : 'GET';
        my $client   = $httpd->client;
        my $response = $client->request(method => $method, path => "/endless-$what");
        my $good     = $what =~ /body|after/ ? qr/^20[04] complete/ : qr/^(?:5\d\d complete|200 cut)$/;
        like $response->status . ' ' . ($response->complete ? 'complete' : 'cut'), $good, "$what: the client";
        ok told(ask($httpd, "/canary-$what"), "/canary-$what"), "$what: the canary";
        my ($sent) = CxxProxy::Wait::await("the end of $what", sub { map { /^\Q$what\E (\d+)$/ } $backend->notes });
        cmp_ok $sent, "<", $most, "$what: the backend was stopped";
    }
}
cmp_ok $httpd->resident - $resident, '<', 40_000, 'no memory was eaten' unless is_sanitized();

done_testing;
