use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;

# Around a switch of protocols nothing may be lost, doubled or read as HTTP.
my $switch  = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
my $http    = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";
my $request = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($what) = $request->{head} =~ m{^\S+ /ws/(\w+)} or do { answer_with_target($connection, $request); next };
        if ($what eq 'refused') { $connection->reply(401, 'no'); next }
        if ($what eq 'other')   { $connection->send($switch =~ s/websocket/other/r . $http); next }
        if ($what eq 'early')   { $connection->send("HTTP/1.1 103 Early Hints\r\n\r\n") }
        $connection->send($what eq 'split' ? () : "$switch$http") if $what ne 'split';
        $connection->send_split("$switch$http") if $what eq 'split';
        my $seen = '';
        while (length(my $bytes = $connection->read_some)) { $seen .= $bytes }
        $connection->note("seen $seen");
        return $connection->send('bye');
    }
});
my $httpd = CxxProxy::Httpd->start(threads => 8, config => <<"CONF");
Timeout 20
ProxyPass /ws http://$backend/ws upgrade=websocket max=1 retry=0
ProxyPass / http://$backend/ max=1 retry=0
CONF

sub upgrade ($what, $more = '') {
    my $client = $httpd->client;
    $client->send("GET /ws/$what HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$more");
    return $client;
}

for my $what (qw(together split early)) {
    my $client = upgrade($what, $request);
    is $client->read_response->status, 101, "$what: switched";
    is $client->read_until(qr/EVIL/), $http, 'what the backend sent along arrives as it is';
    $client->send('more');
    $client->half_close;
    is $client->read_all, 'bye', 'and what it sends in the end';
    is +($backend->notes)[-1], "seen ${request}more", 'what the client sent along arrives once';
    ok told(ask($httpd, '/canary'), '/canary'), 'the canary';
}
is scalar(grep { /SMUGGLED/ } $backend->request_lines), 0, 'nothing in a tunnel was read as a request';

my $client = upgrade('refused', "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
is $client->read_response->status, 401, 'no switch: an answer';
my $next = $client->read_response;
ok !$next || told($next, '/next'), 'what was sent along is a request or nothing';
$client = upgrade('other');
is $client->read_response->status, 502, 'a switch to something else';
ok told(ask($httpd, '/canary'), '/canary'), 'the canary';
$client = upgrade('together');
is $client->read_response->status, 101;
$client->reset;
ok told(ask($httpd, '/canary'), '/canary'), 'a client that resets its tunnel';

done_testing;
