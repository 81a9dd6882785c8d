use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use Digest::MD5 qw(md5_hex);

# The body of a size: pseudo-random, so that nothing can be lost or moved unseen.
sub body_of ($size) {
    my $state = 12345;
    my $block = pack 'N*', map { $state = ($state * 1103515245 + 12345) & 0xffffffff } 1 .. 4096;
    return substr $block x (1 + $size / length $block), 0, $size;
}

# Takes any body, tells its size and digest; gives /give/<size>/<framing>.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if ($request->{head} =~ m{/give/(\d+)/(\w+)}) {
            my ($body, $framing) = (body_of($1), $2);
            if ($framing eq 'length') { $connection->reply(200, $body); next }
            $connection->send("HTTP/1.1 200 OK\r\n" . ($framing eq 'chunked' ? "Transfer-Encoding: chunked\r\n" : '') . "\r\n");
            if ($framing eq 'close') { $connection->send($body); return }
            $connection->send_chunk($_) for unpack '(a5000)*', $body;
            $connection->end_chunks;
        }
        else { $connection->reply(200, "$request->{length} $request->{md5} $request->{complete}") }
    }
});
my $httpd  = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");
my $client = $httpd->client;

for my $size (0, 1, 8191, 16384, 16385, 5_000_000) {
    my $body = body_of($size);
    my $is   = "$size " . md5_hex($body);
    for my $chunked (0, 1) {
        my $how = $chunked ? 'chunked' : 'with a length';
        is $client->request(method => 'POST', path => '/take', body => $body, chunked => $chunked)->body, "$is 1", "$size up, $how";
    }
    for my $framing (qw(length chunked)) {
        my $response = $client->request(path => "/give/$size/$framing");
        ok $response->complete;
        is $response->body_length . ' ' . md5_hex($response->body), $is, "$size down, $framing";
    }
    my $response = $httpd->get("/give/$size/close");
    is $response->body_length . ' ' . md5_hex($response->body), $is, "$size down, until close";
}

done_testing;
