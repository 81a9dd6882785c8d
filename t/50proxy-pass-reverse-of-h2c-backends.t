use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# Backends of HTTP/2 speak of themselves as http:// or https://, the configuration as h2c:// or h2://. The stock modules
# compare what is written only, and with ProxyPreserveHost nothing.
plan skip_all => $_ for grep { defined } CxxProxy::Http2Backend->missing;

my %away = (
    plain  => 'http://inner.test/deep/x?y=1',
    tls    => 'https://secure.test/deep/x',
    member => 'http://member.test:8080/deep/x',
    other  => 'https://inner.test/deep/x',
    http   => 'http://written.test/deep/x',
);
my $backend = CxxProxy::Http2Backend->start({ map { ("/$_" => [['reply', 302, '', ['location', $away{$_}]]]) } keys %away });
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_http2'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember h2c://$backend
    BalancerMember h2c://member.test:8080 status=D
</Proxy>
ProxyPass / balancer://cluster/
ProxyPassReverse /balanced balancer://cluster/deep
ProxyPassReverse /outer    h2c://inner.test/deep
ProxyPassReverse /safe     h2://secure.test/deep
ProxyPassReverse /written  http://written.test/deep
<VirtualHost *:__PORT__>
    ServerName proxy.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName preserve.test
    ProxyPreserveHost On
</VirtualHost>
CONF
sub sent_to ($host, $path) { $httpd->get($path, Host => $host)->header('Location') }
sub is_mapped ($host, $name, $path, $what) {
    is sent_to($host, "/$name"), per_stack(stock => $away{$name}, ours => "http://$host$path"), "$host: $what";
}
for my $host (qw(proxy.test preserve.test)) {
    is_mapped($host, 'plain',  '/outer/x?y=1', 'h2c:// stands for http://');
    is_mapped($host, 'tls',    '/safe/x',      'h2:// stands for https://');
    is_mapped($host, 'member', '/balanced/x',  'and so it is with members of a balancer');
    is sent_to($host, '/other'), $away{other}, "$host: but h2c:// not for https://";
}
is sent_to('proxy.test', '/http'), 'http://proxy.test/written/x', 'http:// stands for itself';
is_mapped('preserve.test', 'http', '/written/x', 'so it does');
done_testing;
