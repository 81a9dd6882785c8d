use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# CVE-2020-11985, CVE-2022-31813: whose address it is, the connection says, or a proxy that the administrator trusts.
my $backend = CxxProxy::Backend->echo;
my $host    = CxxProxy::Httpd->virtual_host(TRUSTING => <<"CONF");
RewriteEngine On
RewriteRule ^/rewritten http://$backend/rewritten [P]
ProxyPass / http://$backend/
RemoteIPTrustedProxy 127.0.0.1
CONF
my $httpd   = CxxProxy::Httpd->start(modules => [qw(remoteip rewrite)], ports => ['TRUSTING'], threads => 8, config => <<"CONF");
LogFormat "%a %{c}a %U" addresses
CustomLog "__ROOT__/logs/addresses" addresses
RemoteIPHeader X-Forwarded-For
RewriteEngine On
RewriteRule ^/rewritten http://$backend/rewritten [P]
ProxyPass / http://$backend/
RemoteIPTrustedProxy 192.0.2.1
$host
CONF

my $lines = 0;
sub logged ($what) { (split ' ', ($httpd->log_lines('addresses', ++$lines))[-1])[0] }

for my $path (qw(/mapped /rewritten)) {
    my $body = $httpd->get($path, 'X-Forwarded-For' => '6.6.6.6')->body;
    like $body, qr/^X-Forwarded-For: (?:6\.6\.6\.6, )?127\.0\.0\.1\r$/m, "$path: the peer is at the end of the list";
    is logged($path), '127.0.0.1', 'and in the log';
    $body = $httpd->get($path, Connection => 'X-Forwarded-For', 'X-Forwarded-For' => '6.6.6.6')->body;
    like $body, qr/^X-Forwarded-For: .*127\.0\.0\.1\r$/m, 'no list of the client takes it away';
    is logged($path), '127.0.0.1';
    my $client = CxxProxy::RawClient->connect($httpd->port('TRUSTING'));
    $body = $client->request(path => $path, headers => ['X-Forwarded-For' => '192.0.2.7'])->body;
    like $body, qr/^X-Forwarded-For: .*192\.0\.2\.7/m, 'a trusted proxy is believed';
    is logged($path), '192.0.2.7';
}

done_testing;
