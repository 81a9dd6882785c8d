use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# Ours alone: https:// backends need no mod_ssl. And what is said of settings that cannot be, at the line or at the start.
plan skip_all => 'the stock modules need mod_ssl for that' unless is_ours();
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca      = CxxProxy::Authority->new('Test Authority');
my $good    = $ca->certificate(san => 'DNS:localhost');
my $backend = CxxProxy::Backend->named('taken', tls => $good);
my $foreign = CxxProxy::Backend->named('foreign', tls => CxxProxy::Authority->new('Foreign')->certificate(san => 'DNS:localhost'));
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
SSLProxyEngine On
SSLProxyVerify require
SSLProxyCACertificateFile @{[$ca->file]}
ProxyPass /taken   https://localhost:@{[$backend->port]}/
ProxyPass /refused https://localhost:@{[$foreign->port]}/
CONF
is $httpd->answer('/taken'), 'taken', 'without mod_ssl';
is $httpd->answer('/refused'), 500, 'with its checks';
$httpd->stop;

my $file = $ca->file;
my @refused_lines = (
    ['SSLProxyProtocol TLSv1.4', qr/SSLProxyProtocol: 'TLSv1\.4' is not possible, expected all, TLSv1/],
    ['SSLProxyProtocol SSLv3', qr/SSLProxyProtocol: 'SSLv3' is not possible/],
    ['SSLProxyVerify maybe', qr/SSLProxyVerify: 'maybe' is not possible, expected none, optional, require or optional_no_ca/],
    ['SSLProxyVerifyDepth deep', qr/SSLProxyVerifyDepth: 'deep' is not possible, expected a number/],
    ['SSLProxyVerifyDepth -1', qr/SSLProxyVerifyDepth: '-1' is not possible/],
    ['SSLProxyCipherSuite TLSv1.9 X', qr/SSLProxyCipherSuite: 'TLSv1\.9' is not possible, expected a list of ciphers/],
    ['SSLProxyCARevocationCheck some', qr/SSLProxyCARevocationCheck: 'some' is not possible, expected none, leaf or chain/],
    ['SSLProxyCARevocationCheck leaf perhaps', qr/SSLProxyCARevocationCheck: 'perhaps' is not possible/],
    ['SSLProxyCACertificateFile /no/such/file', qr{SSLProxyCACertificateFile: file '/no/such/file' does not exist or is empty}],
    ['SSLProxyCACertificatePath /no/such/folder', qr{SSLProxyCACertificatePath: directory '/no/such/folder' does not exist}],
    ['SSLProxyCARevocationFile /no/such/file', qr{SSLProxyCARevocationFile: file '/no/such/file'}],
    ['SSLProxyMachineCertificateFile /no/such/file', qr{SSLProxyMachineCertificateFile: file '/no/such/file'}],
    ['SSLProxyEngine maybe', qr/SSLProxyEngine must be On or Off/],
    ["<Location />\nSSLProxyEngine On\n</Location>", qr/SSLProxyEngine not allowed (?:here|in)/],
);
for my $row (@refused_lines) {
    my ($lines, $expected) = @$row;
    my ($accepted, $said) = CxxProxy::Httpd->check(config => "$lines\n");
    ok !$accepted, "refused: $lines";
    like $said, $expected, 'with what would be right';
}

# What shows only when the files are read.
my $encrypted = $ca->dir . '/encrypted.pem';
$ca->openssl('pkcs8', '-topk8', '-in', $good->{key}, '-out', $ca->dir . '/encrypted.key', '-passout', 'pass:very-secret');
$ca->write('encrypted.pem', CxxProxy::Authority::slurp($good->{own}) . $ca->read('encrypted.key'));
my @refused_at_start = (
    ["SSLProxyCACertificateFile $good->{key}", qr{SSLProxyCACertificateFile: '\Q$good->{key}\E' holds no certificate}],
    ["SSLProxyCARevocationFile $file\nSSLProxyCARevocationCheck leaf", qr{SSLProxyCARevocationFile: '\Q$file\E' holds no revocation list}],
    ['SSLProxyCARevocationCheck leaf', qr/SSLProxyCARevocationCheck asks for revocation lists and there are none/],
    ["SSLProxyMachineCertificateFile $good->{own}", qr/SSLProxyMachineCertificateFile: there is a certificate and no private key/],
    ["SSLProxyMachineCertificateFile $encrypted", qr/SSLProxyMachineCertificateFile: '\Q$encrypted\E' has an encrypted private key/],
    ['SSLProxyCipherSuite NO-SUCH-CIPHER', qr/SSLProxyCipherSuite: 'NO-SUCH-CIPHER' has no cipher that is known/],
    ['SSLProxyCipherSuite TLSv1.3 NO-SUCH', qr/SSLProxyCipherSuite: TLSv1\.3 'NO-SUCH' has a cipher that is not known/],
    ['SSLProxyProtocol -all', qr/SSLProxyProtocol: no version of the protocol is left/],
);
for my $row (@refused_at_start) {
    my ($lines, $expected) = @$row;
    my $started = eval { CxxProxy::Httpd->start(config => "<VirtualHost *:__PORT__>\nServerName x.test\nSSLProxyEngine On\n$lines\n</VirtualHost>\n") };
    my $said = $@;
    ok !$started, "no start: $lines";
    like $said, $expected, 'and why';
    like $said, qr/CXP0404: TLS to backends, virtual host x\.test \(\S+:\d+\)/, 'and where';
    unlike $said, qr/very-secret|PRIVATE KEY/, 'and no secret';
    my ($accepted) = eval { CxxProxy::Httpd->start(config => "$lines\n"); 1 };
    ok $accepted, 'without SSLProxyEngine nobody looks';
}
done_testing;
