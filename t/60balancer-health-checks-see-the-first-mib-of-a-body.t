use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: an expression sees all of a body' unless is_ours();

# What stands behind the first MiB of a body is as if it were not there, and the answer is good all the same.
my $mib    = 1 << 20;
my $before = answer(200, 'x' x ($mib - 4) . 'word' . 'x' x 1000);
my $across = answer(200, 'x' x ($mib - 3) . 'word' . 'x' x 1000);
my $behind = answer(200, 'x' x ($mib + 1000) . 'word');
my ($with, $without) = map { CxxProxy::HealthCheck->member($_)->checks_get($behind) } qw(with without);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
ProxyHCExpr with {hc('body') =~ /word/}
ProxyHCExpr without {hc('body') !~ /word/}
<Proxy balancer://cluster>
    BalancerMember http://$with @{[$with->keys]} hcexpr=with
    BalancerMember http://$without @{[$without->keys]} hcexpr=without
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub becomes ($member, $pattern, $what) { like eval { until_status($manager, 'cluster', "http://$member", $pattern) } // $@, qr/^(?!http).*$pattern/, $what }

becomes $with, qr/HcFl/, 'a word behind it is not seen';
$_->checks_get($before) for $with, $without;
becomes $with,    qr/Ok/,   'one that ends with it is';
becomes $without, qr/HcFl/, 'by whoever wants none';
$_->checks_get($across) for $with, $without;
becomes $with,    qr/HcFl/, 'one that ends behind it is not';
becomes $without, qr/Ok/,   'and nothing else is wrong with the answer';

done_testing;
