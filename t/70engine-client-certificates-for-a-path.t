use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

# SSLVerifyClient in a section asks for a certificate in the middle of a connection: with a new handshake (TLS 1.2), or after it
# (TLS 1.3). Either waits for the client.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        my ($name) = $request->{head} =~ /^X-Name: (.*)\r$/m;
        $connection->reply(200, "$path " . (length($name // "") ? $name : "-") . " $request->{length}");
    }
});
my $server   = CxxProxy::TlsClient->certificate('front.test');
my $client   = CxxProxy::TlsClient->certificate('joe');
my $tls_host = CxxProxy::TlsClient->virtual_host(tls => $server, <<"CONF");
SSLCACertificateFile $client->{cert}
RequestHeader set X-Name "expr=%{SSL_CLIENT_S_DN_CN}"
<Location /members>
    SSLVerifyClient require
    SSLRenegBufferSize 300000
</Location>
CONF
my $httpd    = few_threads(modules => [qw(ssl headers)], ports => ['tls'], config => <<"CONF");
ProxyPass / http://$backend/
$tls_host
CONF
my %with = (SSL_cert_file => $client->{cert}, SSL_key_file => $client->{key});
my %version = CxxProxy::TlsClient->versions_asked_later;

sub ask ($connection, %part) { my $response = eval { $connection->request(%part) }; $response ? $response->status . ' ' . $response->body : 'closed' }
for my $version (sort keys %version) {
    for my $before (0 .. 2) {
        my $connection = CxxProxy::TlsClient->connect($httpd->port('tls'), tls => { %{ $version{$version} }, %with });
        is ask($connection, path => "/open$_"), "200 /open$_ - 0", "$version: $_" for 1 .. $before;
        is ask($connection, path => '/members/1'), '200 /members/1 joe 0', "who has one, after $before";
        is ask($connection, path => '/open'), '200 /open joe 0', 'and goes on';
        is ask($connection, path => '/members/2'), '200 /members/2 joe 0';

        $connection = CxxProxy::TlsClient->connect($httpd->port('tls'), tls => { %{ $version{$version} }, %with });
        is ask($connection, path => "/open$_"), "200 /open$_ - 0" for 1 .. $before;
        is ask($connection, method => 'POST', path => '/members/up', body => 'u' x 200_000), '200 /members/up joe 200000', 'with a body';
        is ask($connection, path => '/open'), '200 /open joe 0';

        $connection = CxxProxy::TlsClient->connect($httpd->port('tls'), tls => $version{$version});
        is ask($connection, path => "/open$_"), "200 /open$_ - 0" for 1 .. $before;
        like ask($connection, path => '/members/1'), qr/^(?:closed|403 )/, 'who has none';
    }
}
is scalar(grep { m{ /members/} } $backend->request_lines), 9 * keys %version, 'nothing else came through';

done_testing;
