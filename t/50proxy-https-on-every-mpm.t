use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;

plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca      = CxxProxy::Authority->new('Test Authority');
my $backend = CxxProxy::Backend->echo(tls => $ca->certificate(san => 'DNS:localhost'));
my $body    = 'x' x 100_000;
for my $mpm (qw(prefork worker event)) {
    my $httpd = CxxProxy::Httpd->start(mpm => $mpm, children => 1, modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
SSLProxyVerify require
SSLProxyCACertificateFile @{[$ca->file]}
ProxyPass / https://localhost:@{[$backend->port]}/
CONF
    my $client = $httpd->client;
    for my $round (1 .. 3) {
        my $answer = $client->request(method => 'POST', path => "/$round", body => $body);
        is $answer->status, 200, "$mpm: an answer";
        like $answer->body, qr{^POST /$round HTTP/1\.1\r\n.*\r\n\r\n$body$}s, 'with what was sent';
    }
    my $before = $backend->connection_count;
    $httpd->graceful;
    is $httpd->get('/after')->status, 200, "$mpm: after a graceful restart";
    is $backend->connection_count, $before + 1, 'on a connection of the new generation';
}
done_testing;
