use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# Certificates that we show to backends that ask: the one whose issuer, near or far, the backend names.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $servers = CxxProxy::Authority->new('Servers');
my $clients = CxxProxy::Authority->new('Clients');
my $between = CxxProxy::Authority->new('Between', by => $clients);
my $others  = CxxProxy::Authority->new('Others');
my %own = (
    near   => $clients->certificate(cn => 'near.test'),
    far    => $between->certificate(cn => 'far.test'),
    others => $others->certificate(cn => 'others.test'),
);
my $name_of_client = sub ($connection) {
    while ($connection->read_request) { $connection->reply(200, $connection->socket->peer_certificate('commonName') // 'nobody') }
};
my $asking = sub (%options) {
    my $tls = $servers->certificate(san => 'DNS:localhost');
    return CxxProxy::Backend->start(sub ($connection) { $name_of_client->($connection) },
        tls => { %$tls, options => { SSL_verify_mode => 3, SSL_ca_file => $clients->file, SSL_client_ca_file => $clients->file, %options } });
};
my %backend = (
    tls12 => $asking->(SSL_version => 'TLSv1_2'),
    tls13 => $asking->(),
    silent => CxxProxy::Backend->start($name_of_client, tls => $servers->certificate(san => 'DNS:localhost')),
);

# All of them in one file, in an order that has the fitting one last; and as a directory.
my $all = $clients->dir . '/all.pem';
my $text = join '', map { CxxProxy::Authority::slurp($own{$_}{both}) } qw(others near);
$clients->write('all.pem', $text);
my $folder = File::Temp->newdir('cxxproxy-certificates-XXXXXX', TMPDIR => 1);
symlink $own{$_}{both}, "$folder/$_.pem" for qw(near others);

# Files that are there at the start only.
my ($brief_own, $brief_authority) = map { $clients->dir . "/brief-$_.pem" } qw(own authority);
$clients->write('brief-own.pem', CxxProxy::Authority::slurp($own{near}{both}));
$clients->write('brief-authority.pem', CxxProxy::Authority::slurp($servers->file));

my %settings = (
    none   => '',
    near   => "SSLProxyMachineCertificateFile $own{near}{both}",
    others => "SSLProxyMachineCertificateFile $own{others}{both}",
    all    => "SSLProxyMachineCertificateFile $all",
    folder => "SSLProxyMachineCertificatePath $folder",
    brief  => "SSLProxyMachineCertificateFile $brief_own\nSSLProxyVerify require\nSSLProxyCACertificateFile $brief_authority",
    far    => "SSLProxyMachineCertificateFile $own{far}{both}\nSSLProxyMachineCertificateChainFile " . $between->file,
);
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => join '', map { my $name = $_; <<"CONF" } sort keys %settings);
<VirtualHost *:__PORT__>
    ServerName $name.test
    SSLProxyEngine On
    $settings{$name}
    @{[join "\n    ", map { "ProxyPass /$_ https://localhost:@{[$backend{$_}->port]}/" } sort keys %backend]}
</VirtualHost>
CONF
my $ask = sub ($settings, $backend) { $httpd->answer("/$backend", Host => "$settings.test") };

for my $version (qw(tls12 tls13)) {
    is $ask->('near', $version), 'near.test', "$version: the one there is";
    is $ask->('all', $version), 'near.test', "$version: of several in a file the one that fits";
    is $ask->('folder', $version), 'near.test', "$version: of several in a directory the one that fits";
    is $ask->('far', $version), 'far.test', "$version: one that a chain leads to";
    # With TLS 1.2 the handshake fails, with TLS 1.3 it is over when the backend says no.
    my $refused = $version eq 'tls12' ? 500 : 502;
    for my $settings (qw(none others)) {
        my $before = length $httpd->error_log;
        is $ask->($settings, $version), $refused, "$version: $settings";
        like substr($httpd->error_log, $before), qr/the backend wants a certificate of ours .* SSLProxyMachineCertificateFile/, 'and the log says why'
            if is_ours();
    }
}
unlink $brief_own, $brief_authority;
is $ask->('brief', $_), 'near.test', "$_: certificate, key and authority whose files have gone since the start" for qw(tls12 tls13);
is $ask->('near', 'silent'), 'nobody', 'a backend that does not ask gets none';
unlike $httpd->error_log, qr/PRIVATE KEY/, 'no key in the log';
done_testing;
