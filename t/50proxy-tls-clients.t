use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::TlsClient;

sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'openssl and curl are needed' unless have('openssl') && have('curl');

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $size = $request->{head} =~ m{/size/(\d+)} ? $1 : 0;
        $connection->reply(200, $size ? 'x' x $size : $request->{head} . $request->{length});
    }
});
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate, <<"CONF");
ServerName front.test
Protocols h2 http/1.1
RequestHeader set X-Forwarded-Proto "https"
RequestHeader set X-Forwarded-Port "443"
ProxyPass / http://$backend/
ProxyPassReverse / http://$backend/
CONF
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb headers http2)], ports => ['tls'], config => $tls_host);

my $url = 'https://127.0.0.1:' . $httpd->port('tls');
sub curl (@arguments) {
    open my $pipe, '-|', 'curl', '-sSk', '--max-time', 60, @arguments or die "curl: $!";
    local $/;
    return scalar <$pipe>;
}

for my $version (qw(--http1.1 --http2)) {
    like curl($version, "$url/x"), qr/^X-Forwarded-Proto: https\r$/m, $version;
    is length curl($version, "$url/size/3000000"), 3_000_000;
    $httpd->write_file('upload', 'u' x 500_000);
    like curl($version, '--data-binary', '@' . $httpd->root . '/upload', "$url/up"), qr/500000$/;
}
my $many = curl('--http1.1', map { "$url/size/$_" } 1000 .. 1009);
is length $many, 10045, 'ten requests on one connection';

done_testing;
