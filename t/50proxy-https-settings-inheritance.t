use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# Where SSLProxy* settings may stand, and which of them count: a section's before its server's, a virtual host's before the
# main server's, and of several sections that match the last one alone.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca = CxxProxy::Authority->new('Test Authority');
my $wrong_name = CxxProxy::Backend->named('taken', tls => $ca->certificate(san => 'DNS:elsewhere.test'));
my $expired    = CxxProxy::Backend->named('taken', tls => $ca->certificate(san => 'DNS:localhost', days => [-9, -2]));
my ($wrong, $old) = ($wrong_name->port, $expired->port);

my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
SSLProxyCheckPeerName Off
<Proxy https://localhost:$old/of-main>
    SSLProxyCheckPeerExpire Off
</Proxy>
<VirtualHost *:__PORT__>
    ServerName inherits.test
    ProxyPass /wrong   https://localhost:$wrong/
    ProxyPass /old     https://localhost:$old/
    ProxyPass /of-main https://localhost:$old/of-main
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName stricter.test
    SSLProxyCheckPeerName On
    ProxyPass /wrong   https://localhost:$wrong/
    ProxyPass /of-main https://localhost:$old/of-main
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName off.test
    SSLProxyEngine Off
    ProxyPass /wrong https://localhost:$wrong/
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName on-in-a-section.test
    SSLProxyEngine Off
    <Proxy https://localhost:$wrong/on>
        SSLProxyEngine On
    </Proxy>
    ProxyPass /on  https://localhost:$wrong/on
    ProxyPass /off https://localhost:$wrong/off
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName sections.test
    SSLProxyCheckPeerName On
    <Proxy https://localhost:$wrong/a>
        SSLProxyCheckPeerName Off
    </Proxy>
    <ProxyMatch ^https://localhost:$wrong/b>
        SSLProxyCheckPeerName Off
    </ProxyMatch>
    <Proxy https://localhost:$wrong/a/strict>
        SSLProxyCheckPeerName On
    </Proxy>
    <Proxy https://localhost:$wrong/c>
        SSLProxyCheckPeerName Off
    </Proxy>
    <Proxy https://localhost:$wrong/c/last>
        SSLProxyCheckPeerExpire Off
    </Proxy>
    <Proxy https://localhost:$wrong/a/plain>
        ProxySet timeout=30
        Require all granted
    </Proxy>
    ProxyPass /a https://localhost:$wrong/a
    ProxyPass /b https://localhost:$wrong/b
    ProxyPass /c https://localhost:$wrong/c
    ProxyPass /d https://localhost:$wrong/d
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName balanced.test
    SSLProxyCheckPeerName On
    <Proxy balancer://some>
        SSLProxyCheckPeerName Off
        BalancerMember https://localhost:$wrong
    </Proxy>
    <Proxy balancer://others>
        BalancerMember https://localhost:$wrong/others
    </Proxy>
    ProxyPass /some   balancer://some
    ProxyPass /others balancer://others
</VirtualHost>
CONF

my @row = (
    ['inherits.test', '/wrong', 'taken', 'the main server has switched the name off'],
    ['inherits.test', '/old', 500, 'and nothing else'],
    ['inherits.test', '/of-main', 'taken', 'a section of the main server is inherited'],
    ['stricter.test', '/wrong', 500, 'a virtual host has the last word'],
    ['stricter.test', '/of-main', 'taken', 'an inherited section keeps what its own server gave'],
    ['off.test', '/wrong', 500, 'SSLProxyEngine, too'],
    ['on-in-a-section.test', '/on', 'taken', 'a section may switch it on'],
    ['on-in-a-section.test', '/off', 500, 'for itself alone'],
    ['sections.test', '/a/strict', 500, 'of two sections the last counts'],
    ['sections.test', '/a/x', 'taken', 'a section has the last word'],
    ['sections.test', '/b/x', 'taken', 'a ProxyMatch, too'],
    ['sections.test', '/d/x', 500, 'elsewhere the virtual host has'],
    ['sections.test', '/c/last', 500, 'with what its server gives, not with what the other one does'],
    ['sections.test', '/a/plain', 'taken', 'one without settings for TLS changes nothing'],
    ['balanced.test', '/some', 'taken', 'a balancer\'s section is for all its members'],
    ['balanced.test', '/others', 500, 'and for no others'],
);
for my $row (@row) {
    my ($host, $path, $expected, $why) = @$row;
    is $httpd->answer($path, Host => $host), $expected, "$host$path: $why";
}

# Settings that differ never share a connection of ours, though the member and its pool are the same.
is $httpd->answer('/a/x', Host => 'sections.test'), 'taken' for 1 .. 3;
is $httpd->answer('/a/strict', Host => 'sections.test'), per_stack(stock => 'taken', ours => 500),
    'a kept connection is for its own settings';
done_testing;
