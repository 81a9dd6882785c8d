use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;

# With ProxyPreserveHost On a client chooses the name that the backend is told, and so on which kept connection its request
# goes; what it cannot choose is trouble for others.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca      = CxxProxy::Authority->new('Test Authority');
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) { $connection->reply(200, $connection->socket->get_servername // 'nobody') }
}, tls => $ca->certificate(san => 'DNS:localhost'));
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
SSLProxyCheckPeerName Off
SSLProxyCheckPeerCN Off
ProxyPreserveHost On
<Proxy balancer://one>
    BalancerMember https://localhost:@{[$backend->port]}
</Proxy>
ProxyPass / balancer://one/
CONF

my @row = (
    ['www.test', 'www.test', 'a name'],
    ['WWW.Test:8080', 'www.test', 'in any case, without its port'],
    ['www.test.', 'www.test', 'without the dot at its end'],
    ['127.0.0.1', 'nobody', 'an address is no name'],
    ['[::1]:80', 'nobody', 'nor is one in brackets'],
    ['x' x 255, 'x' x 255, 'the longest that can be told'],
    (map { ['x' x $_, 'nobody', "one of $_ bytes, which cannot"] } 256, 1000, 7000),
    ['www.test', 'www.test', 'and nobody has suffered from that'],
);
is $httpd->answer('/', Host => $_->[0]), $_->[1], $_->[2] for @row;
unlike $httpd->error_log, qr/disabling worker/, 'the member least of all';
done_testing;
