use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Example;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours load_lines);
use CxxProxy::TlsClient;
use CxxProxy::WebSocket;

# The same page's lines for TLS and WebSocket, with LoadModule in the configuration as it says.
for my $needed (qw(CxxProxy::WebSocket CxxProxy::Authority CxxProxy::TlsClient)) {
    plan skip_all => $needed->missing if $needed->missing;
}
my $ca      = CxxProxy::Authority->new('Test Authority');
my $pair    = $ca->certificate(san => 'DNS:www.example.test');
my $sockets = CxxProxy::WebSocket->start('sockets');
my $app     = CxxProxy::Backend->echo;
my ($line)  = grep { $_->[0] eq 'proxy_wstunnel_module' } load_lines('proxy_wstunnel');
my $load    = is_ours() ? '' : "LoadModule $line->[0] $line->[1]";    # ours has this record in its file of LoadModule lines
my $httpd   = CxxProxy::Httpd->start(CxxProxy::Example->enabled(qw(proxy proxy_http ssl headers)), ports => ['tls'],
    config => "$load\n" . CxxProxy::TlsClient->virtual_host(tls => $pair, <<"CONF"));
ServerName www.example.test
ProxyRequests Off
ProxyPreserveHost On
RequestHeader set X-Forwarded-Proto "https"
RequestHeader set X-Forwarded-Port "443"
<IfModule proxy_wstunnel_module>
    ProxyPass /ws/ ws://$sockets/ws/
</IfModule>
ProxyPass / http://$app/
ProxyPassReverse / http://$app/
CONF

my $port  = $httpd->port('tls');
my $asked = CxxProxy::TlsClient->connect($port)->request(path => '/', host => 'www.example.test')->body;
like $asked, qr/^$_\r$/m, $_ for 'Host: www\.example\.test', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443';
my @results = CxxProxy::WebSocket->ask(map { {
    url => "wss://127.0.0.1:$port/ws/$_->[0]", ca => $ca->file, name => 'www.example.test', do => $_->[1],
} } ['echo', [[echo => 10], [echo => 100_000], ['ping']]], ['close/4001', [[say => 'x'], ['closed']]]);
is_deeply $results[0]{told}, ['same', 'same', 'pong'], 'a WebSocket, before the line for /' or diag $results[0]{error};
is_deeply $results[1]{told}, [undef, [4001, 'as asked']], 'and its end' or diag $results[1]{error};

done_testing;
