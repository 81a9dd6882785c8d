use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads grown memory ours_only settled still_there);
use CxxProxy::TlsClient;
use Socket qw(SOL_SOCKET SO_RCVBUF);

ours_only();
plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

my $size    = 10 << 20;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->wait_for_release if $path =~ m{^/slow};
        $connection->reply(200, $path =~ m{^/large/(\d+)} ? sprintf('%7d ', $1) x ($size / 8) : $path =~ /quick/ ? 'quick' : "$path $request->{length}");
        $connection->note('sent') if $path =~ /large/;
    }
});
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate);
my $httpd       = few_threads(modules => [qw(ssl)], ports => ['tls'], config => <<"CONF");
KeepAliveTimeout 60
ProxyPass / http://$backend/
$tls_host
CONF
sub fresh (%option) { CxxProxy::TlsClient->connect($httpd->port('tls'), %option) }
sub used (%option) {
    my $client = fresh(%option);
    $client->request(path => '/used')->body eq '/used 0' or die "no answer\n" for 1 .. 2;
    return $client;
}
my $quick = used();
sub others ($what) { answers_meanwhile($what, $httpd, '/quick', 'quick', $quick, fresh()) }
sub said ($client) { my $answer = eval { $client->read_response }; $answer ? $answer->body : 'nothing' }

my @clients = map { used() } 1 .. 40;
$_->send("GET /half HTTP/1.1\r\nHost: h\r\nX-Ha") for @clients;
others('half heads') for 1 .. 3;
is scalar(grep { still_there($_) } @clients), 40, 'they wait';
$_->send("lf: 1\r\n\r\n") for @clients;
is scalar(grep { said($_) eq '/half 0' } @clients), 40, 'and are answered';

$_->send("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" . 'u' x 50_000) for @clients;
my @new = map { fresh() } 1 .. 10;
$_->send("POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nc350\r\n" . 'u' x 50_000) for @new;
others('stalled uploads') for 1 .. 3;
$_->send('u' x 50_000) for @clients;
$_->send("\r\nc350\r\n" . 'u' x 50_000 . "\r\n0\r\n\r\n") for @new;
is scalar(grep { said($_) eq '/up 100000' } @clients, @new), 50, 'they are finished';

my $before = $backend->requests;
$_->send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n") for @clients;
$backend->wait_for_requests($before + 40);
others('a slow backend') for 1 .. 3;
$backend->release;
is scalar(grep { said($_) eq '/slow 0' } @clients), 40, 'all of them are answered';

# A client that does not read: the first request of a connection, and a later one.
my ($child) = $httpd->children;
my @lazy = map { $_ % 2 ? used(receive_buffer => 8192) : fresh(receive_buffer => 8192) } 1 .. 20;
my $at_rest = memory($child);
$lazy[$_]->send("GET /large/$_ HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. $#lazy;
others('clients that do not read') for 1 .. 3;
settled(sub { memory($child) >> 8 });
my $more = memory($child) - $at_rest;
cmp_ok $more, '<', grown(20 * 768), "kB of memory that they need ($more)";
others('clients that still do not read');
for my $number (0 .. $#lazy) {
    setsockopt $lazy[$number]->socket, SOL_SOCKET, SO_RCVBUF, 1 << 20;
    ok said($lazy[$number]) eq sprintf('%7d ', $number) x ($size / 8), 'everything, byte for byte';
}
is $_->request(path => '/after')->body, '/after 0' for @lazy;

# A connection on which nothing but TLS's beginning came is the MPM's; one that is cut in a record is not.
$_->reset for @clients[0 .. 19];
$_->close for @clients[20 .. 39];
others('all have gone');

done_testing;
