use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;

# A backend connection whose exchange ended in any odd way must not carry another.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ m{^\S+ (\S+)};
        if ($path =~ m{^/slow}) {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" . 'x' x 1000);
            $connection->note($path);
            $connection->wait_for_release($path =~ s{/}{}r);
            $connection->send('EVIL' x 1000) for 1 .. 2500;
            $connection->note("$path done");
        }
        elsif ($path =~ m{^/late}) {
            $connection->note($path);
            $connection->wait_for_release($path =~ s{/}{}r);
            $connection->reply(200, 'EVIL');
            $connection->note("$path done");
        }
        elsif ($path =~ m{^/dies}) {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nEVIL");
            return $path =~ /reset/ ? $connection->reset : $connection->close;
        }
        else { answer_with_target($connection, $request) }
    }
});
my $httpd = CxxProxy::Httpd->start(threads => 8, config => <<"CONF");
Timeout 20
ProxyPass /late http://$backend/late timeout=1 retry=0
ProxyPass / http://$backend/ max=1 retry=0
CONF

my $number = 0;
sub canaries ($what) {
    for (1 .. 3) {
        my $path = '/canary-' . ++$number;
        ok told(ask($httpd, $path), $path), "$what: canary $_";
    }
}

for my $how (qw(close reset)) {
    my $path   = "/slow-$how";
    my $client = $httpd->client;
    $client->send("GET $path HTTP/1.1\r\nHost: h\r\n\r\n");
    is $client->read_until(qr/\r\n\r\n/) =~ m{^HTTP/1.1 (\d+)} && $1, 200;
    $backend->wait_for_note($path);
    $how eq 'close' ? $client->close : $client->reset;
    $backend->release($path =~ s{/}{}r);
    canaries("the client leaves in the midst of an answer ($how)");
}
for my $how (qw(close reset)) {
    ok !$httpd->get("/dies-$how")->complete, 'the backend leaves in the midst of an answer';
    canaries("the backend leaves ($how)");
}

# No answer in time; it comes when somebody else asks.
my $late = $httpd->get('/late-1');
is $late->status, 502, 'a backend that is too late';
$backend->release('late-1');
$backend->wait_for_note('/late-1 done');
canaries('too late');

# The client leaves in the midst of its own body.
for my $framing ("Content-Length: 100000\r\n\r\n" . 'x' x 40_000, "Transfer-Encoding: chunked\r\n\r\n9c40\r\n" . 'x' x 40_000 . "\r\n", "Content-Length: 10\r\n\r\nabc") {
    for my $how (qw(close reset)) {
        my $client = $httpd->client;
        $client->send("POST /upload HTTP/1.1\r\nHost: h\r\n$framing");
        $how eq 'close' ? $client->close : $client->reset;
        canaries("the client leaves in its body ($how)");
    }
}
is scalar(grep { $_->{head} =~ m{^POST /upload} && $_->{complete} } $backend->requests), 0, 'no cut upload looked complete';

# A client that dribbles its head, and one that sends nothing, hold up nobody.
my @slow = map { my $client = $httpd->client; $client->send($_); $client } '', 'GET', "GET /dribble HTTP/1.1\r\nHo", "GET /dribble HTTP/1.1\r\nHost: h\r\nX: ";
canaries('beside slow clients');
$slow[3]->send($_) for split //, "b\r\n\r\n";
ok told($slow[3]->read_response, '/dribble'), 'the dribbled request is answered in the end';

# 300 at once, over the one connection.
my $pipelined = $httpd->client;
$pipelined->send(join '', map { "GET /p-$_ HTTP/1.1\r\nHost: h\r\n\r\n" } 1 .. 90);
is scalar(grep { told($pipelined->read_response, "/p-$_") } 1 .. 90), 90, 'ninety requests in one packet are answered in order';
my @many = map { $httpd->client } 1 .. 20;
$many[$_]->send("GET /m-$_ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") for 0 .. $#many;
is scalar(grep { told($many[$_]->read_response, "/m-$_") } 0 .. $#many), 20, 'twenty clients share the connection, each has its own answer';

done_testing;
