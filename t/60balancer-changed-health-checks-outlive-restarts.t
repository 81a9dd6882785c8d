use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: a graceful restart forgets all changes' unless is_ours();

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $config = sub ($of_a, @more) { <<"CONF" };
BalancerPersist On
ProxyHCExpr good {%{REQUEST_STATUS} =~ /^2/}
ProxyHCExpr fine {%{REQUEST_STATUS} =~ /^[23]/}
<Proxy balancer://cluster>
    BalancerMember http://$a hcinterval=1h $of_a
    @more
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => $config->('hcmethod=GET'));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub of_a () {
    my $member = $manager->member('cluster', "http://$a");
    return join ' ', map { $member->{$_} // '-' } qw(method interval passes fails uri expr);
}
my $changed = 'HEAD 7200000 2 3 /up good';
$manager->change(b => 'cluster', w => "http://$a", w_hm => 'HEAD', w_hi => '2h', w_hp => 2, w_hf => 3, w_hu => '/up', w_he => 'good');
is of_a, $changed;

$httpd->graceful($config->('hcmethod=GET'));
is of_a, $changed, 'a graceful restart keeps them';
$httpd->graceful($config->('hcmethod=GET', "BalancerMember http://$b"));
is of_a, $changed, 'one with another member, too';
$httpd->stop;
$httpd->start_again($config->('hcmethod=GET', "BalancerMember http://$b"));
is of_a, $changed, 'and a stop, with BalancerPersist';
unlike $httpd->error_log, qr/CXP0203/, 'and nothing to say';

$httpd->graceful($config->('hcmethod=OPTIONS hcuri=/there'));
is of_a, 'OPTIONS 7200000 2 3 /there good', 'what the configuration says anew counts';
like $httpd->error_log, qr/CXP0203: http:\/\/$a: $_ was changed while the server ran/, $_ for qw(hcmethod hcuri);
$httpd->graceful($config->('hcmethod=OPTIONS hcuri=/there hcpasses=7 hcfails=8 hcexpr=fine'));
is of_a, 'OPTIONS 7200000 7 8 /there fine';
like $httpd->error_log, qr/CXP0203: http:\/\/$a: $_ was changed while the server ran/, $_ for qw(hcpasses hcfails hcexpr);
$httpd->graceful($config->('hcmethod=OPTIONS hcuri=/there hcpasses=7 hcfails=8 hcexpr=fine hcinterval=3h'));
is of_a, 'OPTIONS 10800000 7 8 /there fine';
done_testing;
