use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads used_client);
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);

# A client may ask for HTTP/2 with any request: from there on it is a connection of HTTP/2, and all that is mod_http2's. Who asks
# and says nothing more keeps nobody else waiting.
my $backend  = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->wait_for_release if $path =~ /wait/;
        $connection->reply(200, $path);
    }
});
my $reactors = is_ours() ? 'CxxProxyReactors 1' : '';
my $httpd    = few_threads(threads => 20, modules => [qw(http2)], files => { 'htdocs/file.txt' => 'a file' }, config => <<"CONF");
Protocols h2c http/1.1
H2Upgrade on
KeepAliveTimeout 60
$reactors
ProxyPass /file.txt !
ProxyPass / http://$backend/
CONF
my $quick = used_client($httpd);
sub upgrade ($path) { "GET $path HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" }
sub frame ($type, $flags, $stream, $payload = '') { substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload }

sub read_exactly ($client, $length) {
    my $bytes = '';
    while (length $bytes < $length) { length(my $more = $client->read_some($length - length $bytes)) or die "closed\n"; $bytes .= $more }
    return $bytes;
}

# Reads until these streams have ended: the data of each. (Types: 0 DATA, 1 HEADERS, 3 RST_STREAM, 7 GOAWAY; flag 1 ends a stream.)
sub read_streams ($client, @open) {
    my %data = map { $_ => '' } @open;
    my %open = %data;
    while (%open) {
        my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', read_exactly($client, 9);
        my $payload = read_exactly($client, ($high << 16) + $low);
        die "GOAWAY " . unpack("x4N", $payload) . substr($payload, 8) . "\n" if $type == 7;
        next unless exists $open{$stream};
        die "RST_STREAM\n" if $type == 3;
        $data{$stream} .= $payload if $type == 0;
        delete $open{$stream} if ($type == 0 || $type == 1) && $flags & 1;
    }
    return [map { $data{$_} } @open];
}

# Of a GET: indexed fields of HPACK (2 GET, 6 http), and the path and the host as literals.
sub get_frame ($stream, $path) { frame(1, 5, $stream, "\x82\x86\x04" . pack('C/a*', $path) . "\x01" . pack('C/a*', 'h')) }

my $preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0);
for my $path ('/upgraded', '/file.txt') {
    my $body = $path eq '/file.txt' ? 'a file' : $path;
    for my $used (0 .. 3) {
        my $client = $httpd->client;
        is $client->request(path => "/before$_")->body, "/before$_" for 1 .. $used;
        # At once: a session without anything to do may be ended by the server.
        $client->send(upgrade($path) . $preface . get_frame(3, '/next') . get_frame(5, '/file.txt'));
        my $head = $client->read_until(qr/\r\n\r\n/);
        like $head, qr{^HTTP/1\.1 101 }, "$path, after $used requests: it is";
        my $data = eval { read_streams($client, 1, 3, 5) };
        is_deeply $data || $@, [$body, '/next', 'a file'], 'its answer, and further ones';
        answers_meanwhile("$path, after $used", $httpd, '/quick', '/quick', $quick);
    }
}

# Whose answer is waited for, with and without the rest of HTTP/2, and with a silent client.
sub used ($count) { my $client = $httpd->client; $client->request(path => '/before') for 1 .. $count; $client }
my @waiting = map { used($_) } 0 .. 3;
$_->send(upgrade('/wait') . $preface) for @waiting;
await('them at the backend', sub { grep({ m{ /wait } } $backend->request_lines) == @waiting });
my @silent = map { used($_) } 0 .. 2;
$_->send(upgrade('/wait')) for @silent;
$_->can_read(10) or die "no answer\n" for @silent;
answers_meanwhile('they wait', $httpd, '/quick', '/quick', $quick) for 1 .. 2;
$backend->release;
for my $client (@waiting) {
    $client->read_until(qr/\r\n\r\n/);
    is_deeply eval { read_streams($client, 1) } || $@, ['/wait'], 'their answer';
}

done_testing;
