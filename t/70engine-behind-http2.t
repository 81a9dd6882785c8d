use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);
use CxxProxy::TlsClient;

sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'curl with HTTP/2 is needed' unless have('curl') && qx(curl --version) =~ /HTTP2/;
plan skip_all => 'openssl is needed' unless have('openssl');

# Streams of mod_http2 stay with its threads; connections of HTTP/1.1 beside them go where they always go.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->pause(0.2) if $path =~ /slow/;
        $connection->reply(200, $path =~ m{/size/(\d+)} ? 'x' x $1 : "$path $request->{length}\n");
    }
});
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate, 'Protocols h2 http/1.1');
my $httpd       = few_threads(modules => [qw(ssl http2)], ports => ['tls'], files => { 'htdocs/file.txt' => "a file\n" }, config => <<"CONF");
Protocols h2c http/1.1
ProxyPass /file.txt !
ProxyPass / http://$backend/
$tls_host
CONF
sub curl (@arguments) {
    open my $pipe, '-|', 'curl', '-sSk', '--max-time', 60, @arguments or die "curl: $!";
    local $/;
    my $output = <$pipe> // '';
    close $pipe;
    return $output;
}
$httpd->write_file('upload', 'u' x 700_000);
my $root = $httpd->root;
my $plain = 'http://127.0.0.1:' . $httpd->port;
my $tls   = 'https://127.0.0.1:' . $httpd->port('tls');

for my $way (['h2c, known beforehand', $plain, '--http2-prior-knowledge'], ['h2', $tls, '--http2'], ['HTTP/1.1', $plain, '--http1.1'], ['HTTP/1.1 in TLS', $tls, '--http1.1']) {
    my ($name, $url, @way) = @$way;
    my $several = $name !~ /h2c/;    # curl 7.88 fails to use such a connection twice
    is curl(@way, map { "$url/$_" } 1 .. 10), join('', map { "/$_ 0\n" } 1 .. 10), "$name: ten on one connection" if $several;
    is curl(@way, map { $_ % 2 ? "$url/$_" : "$url/file.txt" } 1 .. 6), "/1 0\na file\n/3 0\na file\n/5 0\na file\n", 'and files in between' if $several;
    is length curl(@way, "$url/size/5000000"), 5_000_000, 'a large answer';
    is curl(@way, '--data-binary', "\@$root/upload", "$url/up"), "/up 700000\n", 'an upload';
    is curl(@way, '-o', '/dev/null', '-w', '%{http_code} %{http_version}', "$url/slow"), $name =~ /h2/ ? '200 2' : '200 1.1', 'a slow one';
}
like curl('--http2', '-i', "$plain/upgraded"), qr{^HTTP/1\.1 101 .*?HTTP/2 200 .*/upgraded 0\n$}s, 'h2c by upgrade';

# An upgrade is not for a later request of a connection that was proxied before: the server may stay with HTTP/1.1.
my $client = $httpd->client;
is $client->request(path => '/before')->body, "/before 0\n" for 1 .. 2;
$client->send("GET /later HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
like $client->read_until(qr/\r\n\r\n/), qr{^HTTP/1\.1 (?:101|200) }, 'asked for on a used connection';

# HTTP/2 by prior knowledge on a connection that was used for HTTP/1.1 is a mistake, and ends it.
$client = $httpd->client;
$client->request(path => '/before');
$client->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
ok $client->read_all !~ m{ 200 }, 'the preface on a used connection';

SKIP: {
    skip 'h2load is needed', 2 unless have('h2load');
    like scalar qx(h2load -n 200 -c 4 -m 10 $plain/many 2>&1), qr/200 succeeded, 0 failed/, 'many streams';
    like scalar qx(h2load -n 40 -c 2 -m 5 $tls/slow 2>&1), qr/40 succeeded, 0 failed/, 'slow ones';
}

done_testing;
