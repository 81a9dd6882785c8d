use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Httpd;
use CxxProxy::TlsClient;
use CxxProxy::WebSocket;

# WebSockets with TLS on either side, and on both.
for my $needed (qw(CxxProxy::WebSocket CxxProxy::Authority CxxProxy::TlsClient)) {
    plan skip_all => $needed->missing if $needed->missing;
}
my $ca      = CxxProxy::Authority->new('Test Authority');
my $own     = $ca->certificate(san => 'DNS:localhost');
my $plain   = CxxProxy::WebSocket->start('plain');
my $secure  = CxxProxy::WebSocket->start('secure', tls => $own);
my @mapping = ("SSLProxyEngine On", "SSLProxyCACertificateFile @{[$ca->file]}",
    "ProxyPass /plain/ ws://$plain/ws/", "ProxyPass /secure/ wss://localhost:@{[$secure->port]}/ws/",
    "ProxyPass /upgrade/ https://localhost:@{[$secure->port]}/ws/ upgrade=websocket");
my $httpd = CxxProxy::Httpd->start(ports => ['tls'], modules => [qw(ssl socache_shmcb)], stack => ['proxy_wstunnel'],
    config => join "\n", @mapping, CxxProxy::TlsClient->virtual_host(tls => $own, @mapping));

my %front = (ws => 'ws://127.0.0.1:' . $httpd->port, wss => 'wss://127.0.0.1:' . $httpd->port('tls'));
my @ways  = (['ws', 'secure'], ['ws', 'upgrade'], ['wss', 'plain'], ['wss', 'secure']);
my @results = CxxProxy::WebSocket->ask(map { {
    url => "$front{ $_->[0] }/$_->[1]/echo",
    ($_->[0] eq 'wss' ? (ca => $ca->file) : ()),
    do  => [map({ [echo => $_] } 0, 1, 126, 16384, 16385, 1_000_000), ['ping']],
} } @ways);
for my $way (@ways) {
    my $result = shift @results;
    is_deeply $result->{told}, [('same') x 6, 'pong'], "$way->[0]:// to $way->[1]" or diag $result->{error} // $result->{status};
}
my ($flood, $closed) = CxxProxy::WebSocket->ask(
    { url => "$front{wss}/secure/flood/10000000", ca => $ca->file, do => [[gather => 10_000_000], ['closed']] },
    { url => "$front{wss}/secure/close/4001",     ca => $ca->file, do => [[say => 'x'], ['closed']] },
);
is_deeply $flood->{told}, ['all', [1000, '']], 'ten megabytes through TLS on both sides, and a good end' or diag $flood->{error};
is_deeply $closed->{told}, [undef, [4001, 'as asked']], 'a close with its reason' or diag $closed->{error};

done_testing;
