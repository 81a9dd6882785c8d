use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(descriptors few_threads used_client);
use CxxProxy::Stack qw(is_sanitized);
use CxxProxy::Wait qw(wait_for);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) { $connection->reply(200, 'x' x 100_000) }
});
my $httpd = few_threads(threads => 60, config => <<"CONF");
ProxyPass /once http://$backend/once disablereuse=on
ProxyPass / http://$backend/
CONF
my ($child) = $httpd->children;
sub at_most ($limit, $pid) { wait_for(sub { descriptors($pid) <= $limit }, 10); descriptors($pid) }

# Connections that come and go: read to the end, closed in the middle of an answer, of an upload, of a head.
$httpd->get('/once');
my $before = descriptors($child);
for my $round (1 .. 4) {
    my @clients = map { $_ % 2 ? used_client($httpd, path => '/once') : $httpd->client } 1 .. 50;
    for my $number (0 .. $#clients) {
        my $client = $clients[$number];
        if    ($number % 5 == 0) { $client->request(path => '/once') }
        elsif ($number % 5 == 1) { $client->send("GET /once HTTP/1.1\r\nHost: h\r\n\r\n") }
        elsif ($number % 5 == 2) { $client->send("POST /once HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" . 'x' x 100_000) }
        elsif ($number % 5 == 3) { $client->send('GET /once') }
    }
    $_ % 2 ? $clients[$_]->reset : $clients[$_]->close for 0 .. $#clients;
}
my $limit = $before + 2;
cmp_ok at_most($limit, $child), '<=', $limit, 'the child has no more open than before 200 connections';

# What it keeps to the backend is bounded by what it needed at once.
my @clients = map { used_client($httpd) } 1 .. 10;
for my $round (1 .. 5) { $_->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n") for @clients; $_->read_response for @clients }
$_->close for @clients;
$limit = $before + 2 + 10 + 1;
cmp_ok at_most($limit, $child), '<=', $limit, 'nor after kept ones, but for those to the backend';

# The parent, over many generations.
$httpd->graceful for 1 .. 2;
my $parent = descriptors($httpd->pid);
for my $restart (1 .. (is_sanitized() ? 8 : 30)) {
    my $client = eval { used_client($httpd) };    # which may meet a child that is about to end
    $restart % 6 ? $httpd->graceful : $httpd->restart;
}
cmp_ok descriptors($httpd->pid), '<=', $parent + 1, 'the parent has no more open than before thirty restarts';
is $httpd->get('/')->status, 200;

done_testing;
