use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

# A nonce that nobody has configured is made at the start; pages that are open stay good while the server goes on.
my $a = CxxProxy::Backend->named('a');
my $config = sub ($more) { <<"CONF" };
<Proxy balancer://cluster>
    BalancerMember http://$a
    $more
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $httpd   = CxxProxy::Httpd->start(config => $config->(''));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub changes ($nonce) {
    $manager->change(b => 'cluster', w => "http://$a", w_status_D => 1, nonce => $nonce);
    my $changed = $manager->member('cluster', "http://$a")->{status} =~ /Dis/ ? 1 : 0;
    $manager->change(b => 'cluster', w => "http://$a", w_status_D => 0);
    return $changed;
}
my $first = $manager->nonce('cluster');
like $first, qr/^[-0-9a-f]{36}$/;
for my $reload (qw(graceful restart)) {
    $httpd->$reload;
    is changes($first), per_stack(stock => 0, ours => 1), "after a $reload";
}
$httpd->graceful($config->('BalancerMember http://127.0.0.1:1'));
is changes($first), per_stack(stock => 0, ours => 1), 'with another member';
$httpd->graceful($config->('ProxySet nonce=sesame'));
is changes($first), 0, 'one of the configuration takes its place';
is changes('sesame'), 1;
$httpd->graceful($config->(''));
isnt $manager->nonce('cluster'), $_, 'its line is taken out' for 'sesame', '', $first;
is changes('sesame'), 0;
$httpd->graceful($config->('ProxySet nonce=None'));
is changes($_), 0, 'None: no changes' for $first, 'sesame', 'None', '';
$httpd->graceful($config->(''));
isnt $manager->nonce('cluster'), $_, 'no longer None' for 'None', '';
$httpd->stop;
$httpd->start_again;
isnt $manager->nonce('cluster'), $first, 'after a stop it is another one';

done_testing;
