use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);

# Whoever serves a request, and however its body comes: its backend connection is there for the next.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->pause(0.02) if $path =~ /late/;
        $connection->reply(200, $path =~ /large/ ? 'l' x 500_000 : $request->{length});
    }
});
my $httpd = few_threads(modules => [qw(deflate filter)], files => { 'htdocs/file.txt' => 'a file' }, config => <<"CONF");
MaxKeepAliveRequests 0
ProxyPass /file.txt !
ProxyPass / http://$backend/
AddOutputFilterByType DEFLATE text/html
CONF
my $most = 1;
sub at_most_so_many ($what) { cmp_ok $backend->connection_count, '<=', $most, "one after another: $what" }
sub stalled ($client) {
    $client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" . 'x' x 30_000);
    select undef, undef, undef, 0.02;    # long enough to be left to the engine
    $client->send('x' x 30_000);
    return $client->read_response;
}

# The end of an answer may reach the client before its connection has gone back; so it is asked for anew some times at most.
my $client = used_client($httpd);
$most += 2;
for my $size (0, 10, 5000, 100_000, 1_000_000) {
    for my $chunked (0, 1) {
        is $client->request(method => 'POST', body => 'x' x $size, chunked => $chunked)->body, $size for 1 .. 10;
        at_most_so_many($size . ($chunked ? ' in chunks' : ''));
    }
}
$client->request(path => $_ % 2 ? '/late' : '/large') for 1 .. 10;
at_most_so_many('late and large answers');
is stalled($client)->body, 60_000 for 1 .. 10;
at_most_so_many('stalled uploads');
$client->request(path => $_ % 2 ? '/file.txt' : '/x') for 1 .. 10;
at_most_so_many('files in between');
for my $turn (1 .. 10) {
    is $httpd->get('/late')->body, 0;
    is $httpd->request(method => 'POST', body => 'x' x 100_000, chunked => $turn % 2)->body, 100_000;
    is stalled($httpd->client)->body, 60_000;
}
at_most_so_many('on new connections');

# Five at once need five.
my @clients = map { used_client($httpd) } 1 .. 5;
$most += 4;
for my $turn (1 .. 10) {
    my $request = $turn % 2 ? "GET /late HTTP/1.1\r\nHost: h\r\n\r\n" : "POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" . 'x' x 100_000;
    $_->send($request) for @clients;
    $_->read_response for @clients;
}
at_most_so_many('but five at once');

done_testing;
