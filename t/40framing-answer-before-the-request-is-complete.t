use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;

my $smuggled = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";

# Answers /early-… when it has the head and a little of the body; /hang-up and /reset end the connection with that.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        if ($head =~ m{^\S+ /(early|hang-up|reset)}) {
            my $how = $1;
            $connection->note($head =~ m{^\S+ (\S+)});
            $connection->reply(413, 'too much');
            if ($how eq 'reset')   { return $connection->reset }
            if ($how eq 'hang-up') { return $connection->close }
        }
        my $body = $connection->read_body($head);
        answer_with_target($connection, { head => $head, %$body }) unless $head =~ m{^\S+ /early};
        return unless $body->{complete};
    }
});
my $dead  = CxxProxy::Backend->closed;
my $httpd = CxxProxy::Httpd->start(modules => ['rewrite'], threads => 8, config => <<"CONF");
Timeout 20
ProxyPass /dead http://$dead/dead retry=0
ProxyPass /stalls http://$backend/early-stalls timeout=2
ProxyPass / http://$backend/ max=1 retry=0
<Location /denied>
    Require all denied
</Location>
CONF

sub smuggled () { scalar grep { /SMUGGLED/ } $backend->request_lines }

my $number = 0;
sub canary ($what) {
    my $path = '/canary-' . ++$number;
    ok told(ask($httpd, $path), $path), "$what: the canary";
    is smuggled(), 0, "$what: no part of a body became a request";
}

# A body that looks like requests, in two halves.
my $half = $smuggled x 1200;
for my $kind (qw(length chunks)) {
    for my $how (qw(early hang-up reset)) {
        my $path    = "/$how-$kind";
        my $client  = $httpd->client;
        my $framing = $kind eq 'length' ? 'Content-Length: ' . 2 * length $half : 'Transfer-Encoding: chunked';
        my $piece   = $kind eq 'length' ? $half : sprintf("%x\r\n%s\r\n", length $half, $half);
        $client->send("POST $path HTTP/1.1\r\nHost: h\r\n$framing\r\n\r\n$piece");
        $backend->wait_for_note($path);
        $client->send($piece . ($kind eq 'chunks' ? "0\r\n\r\n" : ''));
        $client->send("GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        my $response = $client->read_response;
        like $response ? $response->status : 'closed', $how eq 'early' ? qr/^413$/ : qr/^(?:413|502|503|closed)$/, "$path: the answer";
        my $next = $response && $client->read_response;
        ok !$next || told($next, '/next'), "$path: what follows is right or nothing";
        canary($path);
    }
}

# The client stalls in its body, and what it sends later must not run as a request.
my $client = $httpd->client;
$client->send("POST /stalls HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" . 'x' x 50_000);
$backend->wait_for_note('/early-stalls');
$client->half_close;
my $response = $client->read_response;
like $response ? $response->status : 'closed', qr/^(?:400|408|413|502|closed)$/, 'a client that gives up: an answer or none';
ok $client->is_closed, 'and then the end';
canary('a client that gives up');

# We answer ourselves, with the body still on its way.
for (["/denied", 403], ["/dead", 503]) {
    my ($path, $status) = @$_;
    for my $framing ('Content-Length: 5000', 'Transfer-Encoding: chunked') {
        my $body   = substr $smuggled x 200, 0, 5000;
        my $bytes  = $framing =~ /Length/ ? $body : sprintf("1388\r\n%s\r\n0\r\n\r\n", $body);
        my $client = $httpd->client;
        $client->send("POST $path HTTP/1.1\r\nHost: h\r\n$framing\r\n\r\n" . substr $bytes, 0, 2000);
        $client->send(substr($bytes, 2000) . "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        my $response = $client->read_response;
        is $response ? $response->status : 'closed', $status, "$path, $framing";
        my $next = $client->read_response;
        ok !$next || told($next, '/next'), 'what follows is right or nothing';
        canary("$path, $framing");
    }
    my $client = $httpd->client;
    $client->send("POST $path HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n$smuggled");
    $client->half_close;
    my $all = $client->read_all;
    unlike $all, qr/told/, "$path: half a body, and the client hangs up";
    canary("$path, half a body");
}

# A request that was read and then dropped is not sent again, unless that can do no harm.
my $dropper = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        return if $request->{head} =~ m{/drop} && $connection->number > 0;
        $connection->reply(200, 'x');
    }
});
my $second = CxxProxy::Httpd->start(threads => 8, config => "ProxyPass / http://$dropper/ max=1 retry=0");
for my $length (5, 50_000) {
    is $second->get('/warm')->status, 200, 'a connection that can be reused';
    my $before = grep { /drop/ } $dropper->request_lines;
    is $second->request(method => 'POST', path => '/drop', body => 'x' x $length)->status, 502, "a POST of $length bytes was read, no answer came";
    is scalar(grep { /drop/ } $dropper->request_lines) - $before, 1, 'it is not sent twice';
}

done_testing;
