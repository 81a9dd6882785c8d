use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: a restart forgets all changes' unless is_ours();

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $config = sub ($of_a, $of_balancer = 'timeout=3 growth=1', @more) { <<"CONF" };
<Proxy balancer://cluster>
    BalancerMember http://$a $of_a
    BalancerMember http://$b
    @more
    ProxySet $of_balancer
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(config => $config->('loadfactor=2 route=ra'));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub of_a ($field) { $manager->member('cluster', "http://$a")->{$field} }

$manager->change(b => 'cluster', w => "http://$a", w_lf => 5, w_wr => 'other', w_status_D => 1, b_tmo => 9);
$manager->change(b => 'cluster', b_nwrkr => "http://$c", b_wyes => 1);
$manager->change(b => 'cluster', w => "http://$c", w_status_D => 0, w_lf => 4);

$httpd->graceful($config->('loadfactor=2 route=ra'));
is of_a('loadfactor') . of_a('route') . of_a('status'), '5.00otherInit Dis ', 'nothing edited: as it was changed';
unlike $httpd->error_log, qr/CXP0203/, 'and nothing to say';

$httpd->graceful($config->('loadfactor=3 route=ra'));
is of_a('loadfactor'), '3.00', 'an edited load factor wins';
is of_a('route'), 'other', 'what was not edited stays';
is of_a('status'), 'Init Dis ';
is $manager->balancer('cluster')->{timeout}, 9;
like $httpd->error_log, qr/CXP0203: http:\/\/$a: loadfactor was changed while the server ran; the configuration has been edited since/;

$httpd->graceful($config->('loadfactor=3 route=rb status=+H', 'timeout=4 growth=1'));
is of_a('route') . of_a('status'), 'rbInit Stby Ok ', 'route and status are edited';
is $manager->balancer('cluster')->{timeout}, 4, 'and the balancer\'s timeout';

is $manager->member('cluster', "http://$c")->{loadfactor}, '4.00', 'the member that was added is still there';
$httpd->graceful($config->('loadfactor=3 route=rb status=+H', 'timeout=4 growth=1', "BalancerMember http://$c"));
is $manager->member('cluster', "http://$c")->{loadfactor}, '4.00', 'and keeps what it has when the configuration names it';
is scalar(keys %{ $manager->balancer('cluster')->{members} }), 3, 'once';

$manager->change(b => 'cluster', b_nwrkr => "http://$c/x", b_wyes => 1);
is scalar(keys %{ $manager->balancer('cluster')->{members} }), 4;
$httpd->graceful($config->('loadfactor=3 route=rb status=+H', 'timeout=4', "BalancerMember http://$c"));
is scalar(keys %{ $manager->balancer('cluster')->{members} }), 3, 'without growth= there is no place for an added one';
like $httpd->error_log, qr/CXP0204: .*http:\/\/$c\/x was added while the server ran, and growth= has no room for it any more/;

done_testing;
