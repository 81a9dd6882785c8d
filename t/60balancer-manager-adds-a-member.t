use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $httpd = CxxProxy::Httpd->start(children => 2, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    ProxySet growth=1
</Proxy>
<Proxy balancer://parts>
    BalancerMember http://$a/app
    ProxySet growth=3
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

is $manager->change(b => 'cluster', b_nwrkr => "http://$b")->status, 200, 'without the tick in the box';
is scalar(keys %{ $manager->balancer('cluster')->{members} }), 1, 'nothing happens';

is $manager->change(b => 'cluster', b_nwrkr => "http://$b", b_wyes => 1)->status, 200;
my $member = $manager->member('cluster', "http://$b");
is $member->{status}, 'Init Dis ', 'the new member is there, and disabled';
is $httpd->answer('/'), 'a' for 1 .. 3;

is $manager->change(b => 'cluster', w => "http://$b", w_status_D => 0)->status, 200;
my %seen;
$seen{ $httpd->answer('/') }++ for 1 .. 40;
is_deeply [sort keys %seen], [qw(a b)], 'enabled, it serves';

is $manager->change(b => 'cluster', b_nwrkr => "http://$c", b_wyes => 1)->status, 400, 'no room for a third';
is $manager->change(b => 'cluster', b_nwrkr => 'nonsense', b_wyes => 1)->status, 400;
is $manager->change(b => 'cluster', b_nwrkr => 'fcgi://127.0.0.1:9/', b_wyes => 1)->status, 400, 'nor one of another kind';
is scalar(keys %{ $manager->balancer('cluster')->{members} }), 2;

# A member is told apart by its whole URL, as in the configuration (stock takes one that begins with another's URL for that).
is $manager->change(b => 'parts', b_nwrkr => "http://$a/app", b_wyes => 1)->status, 400, 'one that is there already';
is $manager->change(b => 'parts', b_nwrkr => "http://$a/app/more", b_wyes => 1)->status, per_stack(stock => 400, ours => 200), 'below one that is there';
is $manager->change(b => 'parts', b_nwrkr => "http://$a", b_wyes => 1)->status, 200, 'above it';

done_testing;
