use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;

my @answers = (
    ['a length',  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: one\r\n two\r\n\r\nhello", 200, 'hello'],
    ['chunks',    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n0003\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n", 200, 'hello'],
    ['interims',  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, 'hello'],
    ['no body',   "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n", 204, ''],
    ['an error',  "HTTP/1.1 503 No\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n", 503, ''],
    ['bare line feeds', "\nHTTP/1.1 200\nContent-Length: 5\nX-A:b\n\nhello", 200, 'hello'],
    ['a bad one', "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX A: b\r\n\r\nhello", qr/^50[02]$/, undef],
);

# /split-2-17: the second answer in two pieces, the first of 17 bytes. /bytes-2: every byte in a packet of its own.
# The client has to see the first piece handled, not just sent, so the backend lets go of the processor in between.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if ($request->{head} =~ m{^\S+ /split-(\d+)-(\d+)}) {
            my $bytes = $answers[$1][1];
            $connection->send(substr $bytes, 0, $2);
            $connection->pause(0.0005);
            $connection->send(substr $bytes, $2);
        }
        elsif ($request->{head} =~ m{^\S+ /bytes-(\d+)}) {
            for my $byte (split //, $answers[$1][1]) { $connection->send($byte); $connection->pause(0.0002) }
        }
        else { answer_with_target($connection, $request) }
    }
});
my $httpd = CxxProxy::Httpd->start(threads => 8, config => "MaxKeepAliveRequests 0\nProxyPass / http://$backend/ max=1 retry=0");

for my $number (0 .. $#answers) {
    my ($name, $bytes, $status, $body) = @{ $answers[$number] };
    my @wrong;
    my $client = $httpd->client;
    for my $path ((map { "/split-$number-$_" } 1 .. length($bytes) - 1), "/bytes-$number") {
        my $response = $client->request(path => $path);
        $client = $httpd->client unless $response && $response->status < 500;
        next if $response && (ref $status ? $response->status =~ $status : $response->status == $status && $response->body eq $body && $response->complete);
        push @wrong, $path;
        $client = $httpd->client;
    }
    is "@wrong", '', "$name, wherever it is cut";
    ok told(ask($httpd, "/canary-$number"), "/canary-$number"), 'the canary';
}

done_testing;
