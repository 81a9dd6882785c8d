use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(descriptors few_threads settled);
use CxxProxy::TlsClient;
use CxxProxy::Wait qw(await);
use POSIX ();

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

# A TLS client that hangs up without TLS's goodbye: while it is idle, in the middle of a request's head, of its body, and while
# it waits for the answer. The connection is closed, nobody calls it an error, and nothing turns in circles.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->wait_for_release if $path =~ /wait/;
        $connection->reply(200, "$path $request->{length}");
    }
});
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate);
my $httpd       = few_threads(modules => [qw(ssl)], ports => ['tls'], log_level => 'info', config => <<"CONF");
Timeout 60
KeepAliveTimeout 60
ProxyPass / http://$backend/
$tls_host
CONF
my ($child) = $httpd->children;
sub ticks () { my @stat = split ' ', CxxProxy::Httpd::slurp("/proc/$child/stat") =~ s/^.*\) //sr; $stat[11] + $stat[12] }
sub used ($count, $version) {
    my $client = CxxProxy::TlsClient->connect($httpd->port('tls'), tls => { SSL_version => $version });
    $client->request(path => '/used')->body eq '/used 0' or die "no answer\n" for 1 .. $count;
    return $client;
}
my %sends = (
    'nothing'     => '',
    'half a head' => "GET / HTTP/1.1\r\nHost: h\r\nX-Ha",
    'half a body' => "POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf",
    'half a body in chunks' => "POST /half HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
    'a request'   => "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n",
);

used(2, 'TLSv1_2')->request(path => '/last', headers => [Connection => 'close']);
my $at_rest = settled(sub { descriptors($child) });
for my $version (qw(TLSv1_2 TLSv1_3)) {
    for my $what (sort keys %sends) {
        next if $what eq 'a request';
        my @clients = map { used($_, $version) } 1 .. 2;
        $_->send($sends{$what}) for @clients;
        # The socket's FIN, and not a byte of TLS before it.
        shutdown $_->socket, 1 for @clients;
        for my $client (@clients) {
            my $end = eval { $client->read_all; 1 };
            ok $end, "$version, $what: it is closed";
        }
        $_->close for @clients;
    }
}
await('the connections to be closed', sub { descriptors($child) <= $at_rest + 4 });

# While the answer is waited for, it may still be delivered or not; but the backend's connection remains of use.
my @clients = map { used(2, $_) } qw(TLSv1_2 TLSv1_3);
my $before  = $backend->requests;
$_->send($sends{'a request'}) for @clients;
$backend->wait_for_requests($before + 2);
shutdown $_->socket, 1 for @clients;
my $worked = ticks();
select undef, undef, undef, 0.5;
cmp_ok ticks() - $worked, '<', 0.2 * POSIX::sysconf(POSIX::_SC_CLK_TCK()), 'nothing turns in circles meanwhile';
$backend->release;
for my $client (@clients) {
    my $answer = eval { $client->read_response };
    is $answer->body, '/wait 0', 'whoever still listens is answered' if $answer;
    ok eval { $client->read_all; 1 }, 'and then it is closed';
}
my $connections = $backend->connection_count;
is used($_, 'TLSv1_3')->request(path => '/after')->body, '/after 0', 'others go on' for 1 .. 4;
is $backend->connection_count, $connections, 'on the connections that there are';

# About a body that is cut there is something to say.
my @loud = grep { /\[client / && /:(?:emerg|alert|crit|error|warn)\]/ && !/AH01095|AH02608/ } split /\n/, $httpd->error_log;
is_deeply \@loud, [], 'no word of it above info';

done_testing;
