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
    BalancerMember http://$a route=ra
    BalancerMember http://$b route=rb
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

sub change (%what) { is $manager->change(b => 'cluster', %what)->status, 200, "@{[%what]}" }
sub field ($name) { $manager->balancer('cluster')->{$name} }
sub served ($count, @headers) { join '', map { $httpd->answer('/', @headers) } 1 .. $count }

is served(4, Cookie => 'SID=s.ra'), 'abab';
change b_ss => 'SID|sid';
is field('stickysession'), 'SID';
like $manager->html, qr{<td>SID\|sid</td>};
is served(3, Cookie => 'SID=s.ra'), 'aaa', 'sticky now';
is $httpd->answer('/?sid=s.rb'), 'b';
change b_sforce => 1;
is field('nofailover'), 'On';
change b_sforce => 0;
is field('nofailover'), 'Off';
change b_ss => '-';
is field('stickysession'), undef, 'and not any more';

change b_tmo => 9;
is field('timeout'), 9;
change b_tmo => 7201;
is field('timeout'), 9, 'out of range';
change b_max => 5;
is field('maxattempts'), 5;
change b_max => 100;
is field('maxattempts'), 5;
change b_lbm => 'nosuch';
is field('lbmethod'), 'byrequests';

done_testing;
