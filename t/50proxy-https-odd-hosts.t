use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# With ProxyPreserveHost On a client chooses the name that the backend is told, and so on which kept connection its request
# goes; what it cannot choose is trouble for others.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca      = CxxProxy::Authority->new('Test Authority');
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) { $connection->reply(200, $connection->socket->get_servername // 'nobody') }
}, tls => $ca->certificate(san => 'DNS:localhost'));
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
ProxyPreserveHost On
<VirtualHost *:__PORT__>
    ServerName strict.test
    ServerAlias *.strict.test localhost
    <Proxy balancer://strict>
        BalancerMember https://localhost:@{[$backend->port]}/strict
    </Proxy>
    ProxyPass / balancer://strict/
</VirtualHost>
<VirtualHost *:__PORT__>
ServerName lax.test
ServerAlias *
SSLProxyCheckPeerName Off
SSLProxyCheckPeerCN Off
<Proxy balancer://one>
    BalancerMember https://localhost:@{[$backend->port]}
</Proxy>
ProxyPass / balancer://one/
</VirtualHost>
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
is $httpd->answer('/', Host => 'localhost'), 'localhost', 'where names are checked, the right one';
is $httpd->answer('/', Host => 'x.strict.test'), 500, 'and one that the certificate is not for';
is $httpd->answer('/', Host => 'localhost'), 'localhost', 'which changes nothing for others';
# The only member of a balancer serves when it is in error, too, so the log must tell.
unlike $httpd->error_log, qr/disabling worker|all members were in error/, 'the member is not in error for it' if is_ours();
done_testing;
