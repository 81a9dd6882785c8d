use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::WebSocket;

# A member of ws:// or wss:// is asked with a plain request of HTTP, which a server of WebSockets answers as any other does.
plan skip_all => $_ for grep { defined } CxxProxy::WebSocket->missing, CxxProxy::Authority->missing;

my $ca   = CxxProxy::Authority->new('Test Authority');
my $good = $ca->certificate(san => 'DNS:localhost');
my %real = (ws => CxxProxy::WebSocket->start('clear'), wss => CxxProxy::WebSocket->start('inside', tls => $good));
my %other = map { $_ => CxxProxy::HealthCheck->member($_, $_ eq 'wss' ? (tls => $good) : ()) } qw(ws wss);
my %url = map { ($_ => "$_://localhost:" . $other{$_}->port) } keys %other;
my $httpd = CxxProxy::Httpd->start(modules => ['ssl'], stack => [qw(proxy_wstunnel proxy_hcheck)], config => join "\n",
    'SSLProxyEngine On', "SSLProxyCACertificateFile @{[$ca->file]}", (map { <<"CONF" } qw(ws wss)),
# 426 is what is said to a request that wants no WebSocket.
ProxyHCExpr upgrade_$_ {%{REQUEST_STATUS} =~ /^426/}
<Proxy balancer://$_>
    BalancerMember $_://localhost:@{[$real{$_}->port]} hcmethod=GET11 hcinterval=100ms hcexpr=upgrade_$_
    BalancerMember $url{$_} @{[$other{$_}->keys]}
</Proxy>
ProxyPass /$_/ balancer://$_/ws/
CONF
    '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager = CxxProxy::Manager->new($httpd, '/manager');

for my $scheme (qw(ws wss)) {
    $other{$scheme}->wait_for_checks(2);
    like +($other{$scheme}->checks)[0], qr{^GET /health HTTP/1\.0\r\nHost: localhost:\d+\r\n\r\n\z}, "$scheme: the request";
    $other{$scheme}->sick;
    until_status($manager, $scheme, $url{$scheme}, qr/HcFl/);
    my @told = map { $_->{error} // join ' ', @{ $_->{told} } }
        CxxProxy::WebSocket->ask(map { { url => 'ws://127.0.0.1:' . $httpd->port . "/$scheme/name", do => [['receive'], [echo => 100]] } } 1 .. 3);
    is_deeply \@told, [(($scheme eq 'ws' ? 'clear' : 'inside') . ' same') x 3], 'who is out gets no tunnel, who is well does';
    my $name = "$scheme://localhost:" . $real{$scheme}->port;
    unlike $httpd->error_log, qr/DISABLING \Q$name\E\b/, 'a real server passes';
    $real{$scheme}->stop;
    until_status($manager, $scheme, $name, qr/HcFl/);
    $other{$scheme}->well;
    until_status($manager, $scheme, $url{$scheme}, qr/Ok/);
    pass 'one ends, the other comes back';
}

done_testing;
