use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# CVE-2019-10092, CVE-2012-3499, CVE-2012-0053: the pages that a proxy makes itself repeat nothing of a request unescaped,
# lead nowhere, and say what charset they are in.
my $dead   = CxxProxy::Backend->closed;
my $bad    = CxxProxy::Backend->answering("HTTP/1.1 200 OK\r\nX A: <script>secret</script>\r\n\r\n", then => 'close');
my $closes = CxxProxy::Backend->start(sub ($connection) { $connection->read_request });
my $httpd  = CxxProxy::Httpd->start(threads => 8, config => <<"CONF");
ServerSignature On
Timeout 20
ProxyPass /dead   http://$dead/   retry=0
ProxyPass /bad    http://$bad/
ProxyPass /closes http://$closes/ disablereuse=on
<Proxy balancer://none>
    BalancerMember http://$dead status=D
</Proxy>
ProxyPass /none balancer://none/
<Location /denied>
    ProxyPass http://$dead/
    Require all denied
</Location>
CONF

my $markup = '<script>alert(1)</script>';
for my $path (qw(/dead /bad /closes /none /denied)) {
    for my $what ("$path/$markup", "$path/%3Cscript%3Ealert(1)%3C/script%3E", "$path/\"><script>", "$path/x?$markup", "$path//evil.test/", "$path/\@evil.test", "$path/\\evil.test", "$path/javascript:alert(1)") {
        my $client = $httpd->client;
        $client->send("GET $what HTTP/1.1\r\nHost: proxy.test\r\nCookie: secret=value\r\nAuthorization: Basic secret\r\nX-Long: $markup\r\nConnection: close\r\n\r\n");
        my $response = $client->read_response;
        like $response->status, qr/^(?:400|403|500|502|503)$/, "$what: " . $response->status;
        unlike $response->body, qr/<script|href=|evil\.test|secret|javascript:/i, 'nothing of it in the page';
        like $response->header('Content-Type'), qr/charset=/, 'with a charset';
    }
}
# The core's own pages, for a request that never becomes one.
for my $bytes ("GET /dead HTTP/1.1\r\nHost: $markup\r\n\r\n", "GET /dead HTTP/1.1\r\nHost: h\r\nCookie: secret=" . 'x' x 9000 . "\r\n\r\n", "GET /dead HTTP/1.1\r\nHost: h\r\n$markup\r\n\r\n", "<script> /dead HTTP/1.1\r\nHost: h\r\n\r\n") {
    unlike $httpd->raw($bytes), qr/<script|secret/, 'a bad request is not repeated';
}

done_testing;
