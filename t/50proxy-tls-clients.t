use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'openssl and curl are needed' unless have('openssl') && have('curl');

use File::Temp ();
my $dir = File::Temp->newdir('cxxproxy-tls-XXXXXX', TMPDIR => 1);
chmod 0755, $dir;
system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=front.test -keyout $dir/key.pem -out $dir/cert.pem 2>/dev/null") == 0 or die 'openssl';

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $size = $request->{head} =~ m{/size/(\d+)} ? $1 : 0;
        $connection->reply(200, $size ? 'x' x $size : $request->{head} . $request->{length});
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb headers http2)], ports => ['tls'], config => <<"CONF");
Listen 127.0.0.1:__PORT_tls__
<VirtualHost *:__PORT_tls__>
    ServerName front.test
    Protocols h2 http/1.1
    SSLEngine On
    SSLCertificateFile $dir/cert.pem
    SSLCertificateKeyFile $dir/key.pem
    RequestHeader set X-Forwarded-Proto "https"
    RequestHeader set X-Forwarded-Port "443"
    ProxyPass / http://$backend/
    ProxyPassReverse / http://$backend/
</VirtualHost>
CONF

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
