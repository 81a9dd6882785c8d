use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('plain');
my $httpd   = CxxProxy::Httpd->start(modules => ['ssl', 'socache_shmcb'], config => <<"CONF");
<Proxy http://$backend/>
    SSLProxyEngine On
    SSLProxyVerify require
    SSLProxyCheckPeerName off
</Proxy>
<ProxyMatch ^https:>
    SSLProxyProtocol -all +TLSv1.2
</ProxyMatch>
ProxyPass / http://$backend/
CONF

is $httpd->get('/')->body, 'plain', 'settings for TLS do not disturb a plain backend';

my ($accepted, $said) = CxxProxy::Httpd->check(modules => ['ssl', 'socache_shmcb'], config => <<'CONF');
<Proxy https://127.0.0.1/>
    SSLProxyCACertificateFile /no/such/file
</Proxy>
CONF
ok !$accepted, 'a wrong setting is refused';
like $said, qr/SSLProxyCACertificateFile/, 'by its name';

done_testing;
