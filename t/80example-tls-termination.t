use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;
my $app  = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($to) = $request->{head} =~ m{^GET /to\?(\S+)};
        my $own  = '127.0.0.1:' . $connection->socket->sockport;
        if ($to) { $connection->reply(302, '', Location => 'http://' . ($to eq 'own' ? $own : $to) . '/there') }
        else     { $connection->reply(200, $request->{head}) }
    }
});
my $pair = CxxProxy::TlsClient->certificate('www.example.org');
my $site = CxxProxy::Example->open('tls-termination.conf')->start({
    '10.0.0.11:8080' => $app, '/etc/ssl/certs/www.example.org.pem' => $pair->{cert}, '/etc/ssl/private/www.example.org.key' => $pair->{key},
}, around => 'SSLCipherSuite ALL:@SECLEVEL=0');    # else the library might refuse TLS 1.1 by itself

my $plain = $site->client_with(port => 80)->get('/page?x=1');
is $plain->status, 301, 'http://';
is $plain->header('Location'), 'https://www.example.org/page?x=1', 'leads to https://';
is scalar $app->requests, 0, 'and no further';

my $secure = $site->get('/page?x=1', 'X-Forwarded-Proto' => 'made up', 'X-Forwarded-Port' => '1');
like $secure->body, qr{^GET /page\?x=1 HTTP/1\.1\r\n}, 'https://';
is_deeply [$secure->body =~ /^(X-Forwarded-P\w+: .*?)\r$/mg], ['X-Forwarded-Proto: https', 'X-Forwarded-Port: 443'], 'the application knows';
like $secure->body, qr/^Host: www\.example\.org\r$/m;
is $site->get("/to?$_")->header('Location') =~ s/:\d+//r, 'https://www.example.org/there', "a redirect to $_ stays at https"
    for qw(own www.example.org);
is $secure->header('Strict-Transport-Security'), 'max-age=31536000';

my $old = eval { CxxProxy::TlsClient->connect($site->port, tls => { SSL_version => 'TLSv1_1', SSL_cipher_list => 'ALL:@SECLEVEL=0' }) };
is $old, undef, 'TLS 1.1 is refused';

SKIP: {
    skip 'curl with HTTP/2 is needed', 1 unless qx(curl --version 2>/dev/null) =~ /HTTP2/;
    my $url = 'https://127.0.0.1:' . $site->port . '/page';
    is qx(curl -sk --max-time 30 --http2 -o /dev/null -w '%{http_version} %{http_code}' $url), '2 200', 'clients that speak HTTP/2 may';
}

done_testing;
