use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads used_client);
use CxxProxy::Stack qw(is_ours);
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

# How TLS is ended: with the server's goodbye (the default), with none (ssl-unclean-shutdown), or with the server's and the
# client's, which is waited for (ssl-accurate-shutdown). Whoever does not give it keeps nobody else waiting.
my $backend     = CxxProxy::Backend->teller;
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my @ports       = qw(default unclean accurate);
my $reactors    = is_ours() ? 'CxxProxyReactors 1' : '';
my $hosts       = join '', map {
    my @way = $_ eq 'default' ? () : ("SetEnv ssl-$_-shutdown 1", "SetEnvIf Request_URI . ssl-$_-shutdown");
    CxxProxy::TlsClient->virtual_host($_ => $certificate, @way);
} @ports;
my $httpd = few_threads(modules => [qw(ssl env setenvif)], ports => [@ports], config => <<"CONF");
KeepAliveTimeout 60
Timeout 20
$reactors
ProxyPass / http://$backend/
$hosts
CONF
my $quick = used_client($httpd);

# What it ends with: 'goodbye' or 'nothing'. SSL_get_shutdown tells what has been received.
sub ending ($client) {
    $client->read_all;
    return Net::SSLeay::get_shutdown($client->socket->_get_ssl_object) & Net::SSLeay::RECEIVED_SHUTDOWN() ? 'goodbye' : 'nothing';
}

for my $port (@ports) {
    for my $version (qw(TLSv1_2 TLSv1_3)) {
        for my $used (0 .. 2) {
            my $client = CxxProxy::TlsClient->connect($httpd->port($port), tls => { SSL_version => $version });
            $client->request(path => "/used") for 1 .. $used;
            is $client->request(path => '/last', headers => [Connection => 'close'])->body, '/last', "$port, $version, after $used";
            # Its goodbye is not answered.
            answers_meanwhile('it closes', $httpd, '/quick', '/quick', $quick);
            is ending($client), $port eq 'unclean' ? 'nothing' : 'goodbye', 'what it ends with';
            $client->close;
        }
    }
}

done_testing;
