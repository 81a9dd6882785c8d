use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# Which backends are taken with which settings: the same with both stacks. Ours says of each that it refuses what is wrong.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca      = CxxProxy::Authority->new('Test Authority');
my $between = CxxProxy::Authority->new('Between', by => $ca);
my $foreign = CxxProxy::Authority->new('Foreign Authority');
my $local   = 'DNS:localhost';
my %certificate = (
    good    => $ca->certificate(san => $local),
    cn      => $ca->certificate(cn => 'localhost'),
    wrong   => $ca->certificate(san => 'DNS:elsewhere.test'),
    old     => $ca->certificate(san => $local, days => [-9, -2]),
    coming  => $ca->certificate(san => $local, days => [2, 5]),
    revoked => $ca->certificate(san => $local),
    itself  => $ca->certificate(san => $local, self_signed => 1),
    foreign => $foreign->certificate(san => $local),
    deep    => $between->certificate(san => $local),
);
$ca->revoke($certificate{revoked});
my $lists = $ca->revocations;

my $script  = sub ($connection) { while ($connection->read_request) { $connection->reply(200, 'taken') } };
my $quietly = sub (%tls) { CxxProxy::Backend->start(sub ($connection) { local *STDERR; $script->($connection) }, tls => \%tls) };
my %backend = map { $_ => $quietly->(%{ $certificate{$_} }) } keys %certificate;
$backend{tls11} = $quietly->(%{ $certificate{good} }, options => { SSL_version => 'TLSv1_1', SSL_cipher_list => 'ALL:@SECLEVEL=0' });
$backend{tls12} = $quietly->(%{ $certificate{good} }, options => { SSL_version => 'TLSv1_2' });
$backend{asks}  = $quietly->(%{ $certificate{good} }, options => { SSL_version => 'TLSv1_2', SSL_verify_mode => 3, SSL_ca_file => $ca->file });
$backend{plain} = CxxProxy::Backend->start(sub ($connection) { $connection->read_some; $connection->send("HTTP/1.0 400 Plain\r\n\r\n") });

my $authority = 'SSLProxyCACertificateFile ' . $ca->file;
my $hashed    = 'SSLProxyCACertificatePath ' . $ca->hashed($ca->file);
my %settings = (
    default   => '',
    nodates   => 'SSLProxyCheckPeerExpire Off',
    noname    => 'SSLProxyCheckPeerName Off',
    nocn      => 'SSLProxyCheckPeerCN Off',
    both      => "SSLProxyCheckPeerCN Off\nSSLProxyCheckPeerName On",
    onlycn    => "SSLProxyCheckPeerName Off\nSSLProxyCheckPeerCN On",
    require   => "SSLProxyVerify require\n$authority",
    optional  => "SSLProxyVerify optional\n$authority",
    anyissuer => "SSLProxyVerify optional_no_ca\n$authority",
    path      => "SSLProxyVerify require\n$hashed",
    depth0    => "SSLProxyVerify require\nSSLProxyVerifyDepth 0\n$authority",
    depth2    => "SSLProxyVerify require\nSSLProxyVerifyDepth 2\n$authority",
    lists     => "SSLProxyVerify require\nSSLProxyVerifyDepth 2\n$authority\nSSLProxyCARevocationFile $lists\nSSLProxyCARevocationCheck leaf",
    listpath  => "SSLProxyVerify require\n$authority\nSSLProxyCARevocationPath @{[$ca->hashed($lists)]}\nSSLProxyCARevocationCheck chain",
    listsmay  => "SSLProxyVerify require\nSSLProxyVerifyDepth 2\n$authority\nSSLProxyCARevocationFile $lists\nSSLProxyCARevocationCheck leaf no_crl_for_cert_ok",
    unused    => "SSLProxyVerify require\n$authority\nSSLProxyCARevocationFile $lists",
    only13    => 'SSLProxyProtocol TLSv1.3',
    not13     => 'SSLProxyProtocol all -TLSv1.3',
    cipher    => 'SSLProxyCipherSuite ECDHE-ECDSA-CHACHA20-POLY1305',
    ancient   => "SSLProxyProtocol all\nSSLProxyCipherSuite ALL:\@SECLEVEL=0",
);

# What is taken; every other backend is refused.
my %taken = (
    default   => [qw(good cn revoked itself foreign deep tls12)],
    nodates   => [qw(good cn revoked itself foreign deep tls12 old coming)],
    noname    => [qw(good cn revoked itself foreign deep tls12 wrong)],
    nocn      => [qw(good cn revoked itself foreign deep tls12 wrong)],
    both      => [qw(good cn revoked itself foreign deep tls12)],
    onlycn    => [qw(cn)],
    require   => [qw(good cn revoked tls12)],
    optional  => [qw(good cn revoked tls12)],
    anyissuer => [qw(good cn revoked tls12 itself foreign)],
    path      => [qw(good cn revoked tls12)],
    depth0    => [],
    depth2    => [qw(good cn revoked tls12 deep)],
    lists     => [qw(good cn tls12)],
    listpath  => [qw(good cn tls12)],
    listsmay  => [qw(good cn tls12 deep)],
    unused    => [qw(good cn revoked tls12)],
    only13    => [qw(good cn revoked itself foreign deep)],
    not13     => [qw(good cn revoked itself foreign deep tls12)],
    cipher    => [qw(good cn revoked itself foreign deep tls12)],
    ancient   => [qw(good cn revoked itself foreign deep tls12 tls11)],
);

# What ours says of those that it refuses; by backend, and by setting where that matters.
my %said = (
    wrong   => qr/AH02411: .*its certificate is not for localhost, but for elsewhere\.test/,
    old     => qr/certificate has expired/,
    coming  => qr/certificate is not (?:yet valid|valid yet)/,
    revoked => qr/AH02039: .*certificate revoked/,
    itself  => qr/AH02039: .*self-signed certificate/,
    foreign => qr/AH02039: .*unable to get local issuer certificate/,
    deep    => qr/AH02040: .*SSLProxyVerifyDepth allows 1/,
    tls11   => qr/AH02003: .*no version or cipher of TLS that both sides allow/,
    asks    => qr/AH02268: .*wants a certificate of ours .*SSLProxyMachineCertificateFile/,
    plain   => qr/AH02003: .*not TLS/,
    'only13 asks'   => qr/AH02003: .*no version or cipher of TLS that both sides allow/,
    'only13 tls12'  => qr/AH02003: .*no version or cipher of TLS that both sides allow/,
    'lists deep'    => qr/AH02039: .*unable to get certificate CRL/,
    map { ("onlycn $_" => qr/AH02005: .*the common name of its certificate is not localhost/) } qw(good wrong revoked itself foreign deep tls12),
);
$said{"depth0 $_"} = qr/AH0(?:2040: .*SSLProxyVerifyDepth allows 0|2039: )/ for keys %certificate, qw(tls11 tls12 asks);
$said{"$_ deep"}   = qr/AH02040: .*SSLProxyVerifyDepth allows 1/ for qw(require optional anyissuer path unused);
$said{'listpath deep'} = qr/AH02039: .*unable to get certificate CRL/;

my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => join '', map { my $name = $_; <<"CONF" } sort keys %settings);
<VirtualHost *:__PORT__>
    ServerName $name.test
    SSLProxyEngine On
    $settings{$name}
    ProxyTimeout 10
    @{[join "\n    ", map { "ProxyPass /$_ https://localhost:@{[$backend{$_}->port]}/" } sort keys %backend]}
</VirtualHost>
CONF

for my $settings (sort keys %settings) {
    my %is_taken = map { $_ => 1 } @{ $taken{$settings} };
    for my $backend (sort keys %backend) {
        my $before = length $httpd->error_log;
        my $answer = $httpd->answer("/$backend", Host => "$settings.test");
        is $answer, $is_taken{$backend} ? 'taken' : 500, "$settings: $backend";
        next if $is_taken{$backend} || !is_ours();
        my $log = substr $httpd->error_log, $before;
        like $log, $said{"$settings $backend"} // $said{$backend}, "$settings: $backend, and why not";
        like $log, qr/AH00898: Error during SSL Handshake with remote server/;
    }
}
done_testing;
