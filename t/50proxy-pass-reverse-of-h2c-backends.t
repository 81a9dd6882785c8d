use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# Backends of HTTP/2 speak of themselves as http:// or https://, the configuration as h2c:// or h2://.
plan skip_all => $_ for grep { defined } CxxProxy::Http2Backend->missing;
plan skip_all => 'the stock modules compare what is written only' unless is_ours();

my %away = (
    plain  => 'http://inner.test/deep/x?y=1',
    tls    => 'https://secure.test/deep/x',
    member => 'http://member.test:8080/deep/x',
    other  => 'https://inner.test/deep/x',
);
my $backend = CxxProxy::Http2Backend->start({ map { ("/$_" => [['reply', 302, '', ['location', $away{$_}]]]) } keys %away });
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember h2c://$backend
    BalancerMember h2c://member.test:8080 status=D
</Proxy>
ProxyPass / balancer://cluster/
ProxyPassReverse /balanced balancer://cluster/deep
ProxyPassReverse /outer    h2c://inner.test/deep
ProxyPassReverse /safe     h2://secure.test/deep
CONF
my $here = 'http://proxy.test';
my $to   = sub ($path) { $httpd->get($path, Host => 'proxy.test')->header('Location') };
is $to->('/plain'),  "$here/outer/x?y=1", 'h2c:// stands for http://';
is $to->('/tls'),    "$here/safe/x",      'h2:// stands for https://';
is $to->('/member'), "$here/balanced/x",  'and so it is with members of a balancer';
is $to->('/other'),  $away{other},        'but h2c:// not for https://';
done_testing;
