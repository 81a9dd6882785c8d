use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::WebSocket;

# However an administrator has written it, a WebSocket goes through, and what it carries comes back as it went.
plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;

my $backend = CxxProxy::WebSocket->start('one');
my $httpd   = CxxProxy::Httpd->start(modules => ['rewrite', 'env'], stack => ['proxy_wstunnel'], config => <<"CONF");
ProxyPass /ws/          ws://$backend/ws/
ProxyPass /upgrade/     http://$backend/ws/ upgrade=websocket
ProxyPass /list/        http://$backend/ws/ upgrade=foo,WebSocket
ProxyPass /any/         http://$backend/ws/ upgrade=ANY
ProxyPassMatch ^/match/(.*) ws://$backend/ws/\$1
<Location /location/>
    ProxyPass ws://$backend/ws/
</Location>
<Proxy balancer://sockets>
    BalancerMember ws://$backend
</Proxy>
ProxyPass /balancer/    balancer://sockets/ws/
<Proxy balancer://upgraded>
    BalancerMember http://$backend upgrade=websocket
</Proxy>
ProxyPass /upgraded/    balancer://upgraded/ws/
RewriteEngine On
RewriteRule ^/rewrite/(.*) ws://$backend/ws/\$1 [P]
RewriteCond %{HTTP:Upgrade} =websocket [NC]
RewriteRule ^/both/(.*) ws://$backend/ws/\$1 [P,L]
ProxyPass /both/        http://$backend/
CONF

my @ways    = qw(ws upgrade list any match location balancer upgraded rewrite both);
my @sizes   = (0, 1, 125, 126, 65535, 65536, 1_000_000);
my @results = CxxProxy::WebSocket->ask(map { {
    url => 'ws://127.0.0.1:' . $httpd->port . "/$_/echo",
    do  => [map({ [echo => $_] } @sizes), [text => "gr\x{fc}n"], ['ping']],
} } @ways);
for my $way (@ways) {
    my $result = shift @results;
    is $result->{error}, undef, "/$way/";
    is_deeply $result->{told}, [('same') x @sizes, 'same', 'pong'], 'every frame comes back';
}
my $status = $httpd->get('/both/none')->status;
is $httpd->get('/ws/none')->status, $status, 'without an Upgrade it is a request like any other';

done_testing;
