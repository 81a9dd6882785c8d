use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
BalancerPersist On
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet growth=2
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub members () {
    my $members = $manager->balancer('cluster')->{members};
    return join ', ', map { "$_->{status}$_->{loadfactor} $_->{route}" } grep { $_ } map { $members->{"http://$_"} } $a, $b, $c;
}

like $manager->html, qr/Balancer changes will be persisted on restart/;
$manager->change(b => 'cluster', w => "http://$a", w_status_D => 1, w_lf => 3, w_wr => 'ra');
$manager->change(b => 'cluster', b_nwrkr => "http://$c", b_wyes => 1);
$manager->change(b => 'cluster', w => "http://$c", w_status_D => 0);
$manager->change(b => 'cluster', b_tmo => 7);
my $before = members;
is $before, 'Init Dis 3.00 ra, Init Ok 1.00 , Init Ok 1.00 ';

$httpd->graceful;
is members, $before, 'after a graceful restart';
$httpd->restart;
is members, $before, 'after a restart';
$httpd->stop;
$httpd->start_again;
is members, $before, 'after a stop and a start';
is $manager->balancer('cluster')->{timeout}, 7;
my %seen;
$seen{ $httpd->answer('/') }++ for 1 .. 6;
is_deeply [sort keys %seen], [qw(b c)], 'and in force';

done_testing;
