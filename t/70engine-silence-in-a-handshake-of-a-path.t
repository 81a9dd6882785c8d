use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads used_client);
use CxxProxy::Stack qw(is_ours);
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

# SSLVerifyClient in a section asks for another handshake (TLS 1.2) or for a certificate behind it (TLS 1.3), and then the
# client says nothing. That keeps nobody else waiting.
my $backend     = CxxProxy::Backend->teller;
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate, "SSLCACertificateFile $certificate->{cert}",
    '<Location /members>', 'SSLVerifyClient require', '</Location>');
my $reactors    = is_ours() ? 'CxxProxyReactors 1' : '';
my $httpd       = few_threads(modules => [qw(ssl)], ports => ['tls'], config => <<"CONF");
KeepAliveTimeout 60
$reactors
ProxyPass / http://$backend/
$tls_host
CONF
my %version = CxxProxy::TlsClient->versions_asked_later;
sub fresh ($version = 'TLSv1_2') {
    return CxxProxy::TlsClient->connect($httpd->port('tls'), tls => $version{$version});
}

my $quick = used_client($httpd);
my $other = fresh();
$other->request(path => '/used') for 1 .. 2;
my @silent;
for my $version (sort keys %version) {
    for my $used (0 .. 2) {
        my $client = fresh($version);
        is $client->request(path => '/open')->body, '/open' for 1 .. $used;
        $client->send("GET /members HTTP/1.1\r\nHost: h\r\n\r\n");
        # Its question has come, and is not looked at.
        ok IO::Select->new($client->socket)->can_read(10), "$version: the server asks, after $used requests";
        push @silent, $client;
        answers_meanwhile("$version, after $used", $httpd, '/quick', '/quick', $quick, $other);
    }
}
is fresh()->request(path => '/open')->body, '/open', 'new connections in TLS, too';
$_->reset for @silent;
is $other->request(path => '/last')->body, '/last', 'and when they have gone';
is scalar(grep { m{/members} } $backend->request_lines), 0, 'nobody came in';

done_testing;
