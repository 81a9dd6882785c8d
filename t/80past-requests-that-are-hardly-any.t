use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;

# CVE-2009-1890, CVE-2021-34798, CVE-2024-38477, CVE-2017-7668: requests that are hardly any, to every kind of mapping;
# the child that serves them must be there afterwards, and idle.
my $backend = CxxProxy::Backend->start(sub ($connection) { while (my $request = $connection->read_request) { answer_with_target($connection, $request) } });
my $dead    = CxxProxy::Backend->closed;
my $httpd   = CxxProxy::Httpd->start(modules => ['rewrite'], threads => 8, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
</Proxy>
ProxyPass /b balancer://cluster
ProxyPass /nope balancer://nope/
ProxyPass /foreign xyz://$backend/
ProxyPass /empty http://$backend
ProxyPassMatch ^/m(.*)\$ http://$backend/\$1
RewriteEngine On
RewriteRule ^/r(.*) http://$backend/\$1 [P]
RewriteRule ^/scheme/(.*) \$1://$backend/ [P]
RewriteRule ^/host/(.*) http://\$1/ [P]
RewriteRule ^/all/(.*) \$1 [P]
<Location /h>
    SetHandler proxy:http:
</Location>
<Location /hh>
    SetHandler proxy:http://
</Location>
<Location /hb>
    SetHandler proxy:balancer://
</Location>
<Location /hu>
    SetHandler "proxy:unix:/nope|"
</Location>
<Location /hx>
    SetHandler proxy:unix:/nope|x
</Location>
<Location /he>
    SetHandler proxy:
</Location>
ProxyPass / http://$backend/ max=1 retry=0
CONF
my @before = $httpd->children;

my @lines = map { ("GET $_ HTTP/1.1", "POST $_ HTTP/1.1", "OPTIONS $_ HTTP/1.1", "GET $_") } (
    '', '*', '/', '//', '///', '.', '..', '?', '#', ':', '@', '|', 'x', 'http:', 'http:/', 'http://', 'http:///', 'http://?', 'http://#', 'http://127.0.0.1', 'http://127.0.0.1?x', 'http://:1', 'http://@', 'http://[', 'http://[]', 'http://[::1', 'balancer:', 'balancer://', 'balancer://cluster',
    'balancer://cluster/x', 'proxy:', 'proxy:http://127.0.0.1', 'unix:', 'unix:|', '/b', '/b/', '/bx', '/b?', '/b;', '/nope', '/nope/x', '/foreign', '/foreign/x', '/empty', '/empty?x', '/m', '/m?', '/r', '/r?', '/scheme/', '/scheme/:', '/scheme/balancer', '/scheme/%20', '/host/', '/host/:', '/host/@',
    '/host/[', '/host/%5b', '/host/:1', '/host/%0a', '/all/', '/all/http:', '/all/http:%2f', '/all/balancer:', '/all/:', '/all/|', '/h', '/h/x', '/hh', '/hh/x', '/hb', '/hb/x', '/hu', '/hx', '/he', '/he/x');
my @odd;
for my $line (@lines) {
    my $client = $httpd->client(limit => 10);
    $client->send("$line\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    $client->half_close;
    my $all = eval { $client->read_all } // 'timeout';
    push @odd, "$line: " . substr($all, 0, 40) unless $all =~ m{^HTTP/1\.1 \d{3} |^<|^told |^$};
}
is join("\n", @odd), '', 'each has an answer';
ok told(ask($httpd, '/canary'), '/canary'), 'the canary';

# Lists of nothing, of quotes, of commas.
for my $name (qw(Connection Via Upgrade TE Trailer Expect Accept-Encoding X-Forwarded-For Range If-Match Cookie Keep-Alive Content-Type Warning Max-Forwards)) {
    for my $value ('', ',', ',,,,', '"', '"unclosed', '"a\\', '\\', ';', '=', ' , ', 'x' x 8000, ',' x 8000, '"' x 8000, "\xff" x 100, '0' x 8000) {
        my $response = $httpd->get('/lists', $name => $value, Connection => 'close');
        ok 0, "$name: " . substr $value, 0, 20 unless $response && $response->status =~ /^(?:200|400|416|417)$/;
    }
}
ok told(ask($httpd, '/canary'), '/canary'), 'the canary';

# A flood behind a short body.
my $client = $httpd->client;
$client->send("POST /short HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" . 'x' x 500_000);
ok told($client->read_response, '/short'), 'a short body';
my $rest = $client->read_all;
like $rest, qr{^(?:HTTP/1\.1 4\d\d |$)}, 'and what came behind it is a bad request';
ok told(ask($httpd, '/canary'), '/canary'), 'the canary';
is "@{[ sort $httpd->children ]}", "@{[ sort @before ]}", 'the child is the same';

done_testing;
