use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet stickysession=SID
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

sub change (%what) { is $manager->change(b => 'cluster', w => "http://$a", %what)->status, 200, "@{[%what]}" }
sub served ($count, @headers) { join '', map { $httpd->answer('/', @headers) } 1 .. $count }
sub field ($name) { $manager->member('cluster', "http://$a")->{$name} }

is served(4), 'abab';

change w_status_D => 1;
is field('status'), 'Init Dis ';
is served(4), 'bbbb', 'disabled';
change w_status_D => 0;
is field('status'), 'Init Ok ';
like served(4), qr/a/, 'enabled again';

change w_status_S => 1, w_status_N => 1, w_status_I => 1;
is field('status'), 'Init Ign Drn Stop ', 'several at once';
change w_status_S => 0, w_status_N => 0, w_status_I => 0;

change w_status_H => 1;
is field('status'), 'Init Stby Ok ';
is served(4), 'bbbb', 'standby';
change w_status_H => 0, w_status_R => 1;
is field('status'), 'Init Spar Ok ';
is served(4), 'bbbb', 'spare';
change w_status_R => 0;

change w_wr => 'ra', w_rr => 'rb', w_ls => 4;
is field('route'), 'ra';
is field('redirect'), 'rb';
is field('lbset'), 4;
is served(3, Cookie => 'SID=s.ra'), 'aaa', 'the new route is in force';
is served(4), 'bbbb', 'and the new set';
change w_ls => 0;

change w_lf => '3.5';
is field('loadfactor'), '3.50';
is field('lbstatus'), 350, 'a new factor begins with a clean sheet: every member at its factor';
is $manager->member('cluster', "http://$b")->{lbstatus}, 100;
my $served = served(9);
is $served =~ tr/a//, 7, "3.5 to 1: $served";

change w_lf => 0.5;
is field('loadfactor'), '3.50', 'out of range';
change w_lf => 101;
is field('loadfactor'), '3.50';
change w_ls => 100;
is field('lbset'), 0;
change w_wr => 'x' x 64;
is field('route'), '', 'too long a route clears it';
change w_wr => '';
is field('route'), '';

done_testing;
