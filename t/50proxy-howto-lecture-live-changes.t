use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# What a lecture does in the balancer-manager of a running server, and what is left of it after a stop.
my ($one, $two) = map { CxxProxy::HealthCheck->member($_) } qw(one two);
my $new  = CxxProxy::Backend->named('new');
my $asks = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        $connection->send("HTTP/1.1 100 Continue\r\n\r\n") if $head =~ /^Expect:/m;
        $connection->reply(200, 'length ' . $connection->read_body($head)->{length});
    }
});
my $httpd = CxxProxy::Httpd->start(stack => [qw(lbmethod_bytraffic proxy_hcheck)], config => <<"CONF");
BalancerPersist On
<Proxy balancer://cluster>
    BalancerMember http://$one
    BalancerMember http://$two
    ProxySet growth=3
</Proxy>
<Proxy balancer://asked>
    BalancerMember http://$asks ping=5
</Proxy>
ProxyPass /asked/ balancer://asked/
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url     = "http://$one";
sub change (%what) { $manager->change(b => 'cluster', %what) }
sub status ($member = $url) { $manager->row($member)->{Status} =~ s/\s+\z//r }
sub served () { my %seen; $seen{ $httpd->answer('/') }++ for 1 .. 8; join ' ', sort keys %seen }

# Each flag has a switch; what it means holds at once.
my @flag = (['I', 'Init Ign Ok', 'one two'], ['N', 'Init Drn Ok', 'two'], ['D', 'Init Dis', 'two'], ['S', 'Init Stop', 'two'],
    ['H', 'Init Stby Ok', 'two'], ['R', 'Init Spar Ok', 'two'], ['C', 'Init HcFl', 'two']);
for my $flag (@flag) {
    my ($letter, $status, $served) = @$flag;
    change(w => $url, "w_status_$letter" => 1);
    is status(), $status, "$letter is shown";
    is served(), $served, 'and holds';
    change(w => $url, "w_status_$letter" => 0);
    is status(), 'Init Ok', 'and is off again';
}

# Of a member and of the balancer.
change(w => $url, w_lf => 3);
my %count;
$count{ $httpd->answer('/') }++ for 1 .. 8;
is_deeply \%count, { one => 6, two => 2 }, 'a load factor';
change(w => $url, w_wr => 'r1', w_ls => 1);
is $manager->row($url)->{$_->[0]}, $_->[1], "$_->[0]" for ['Route', 'r1'], ['Set', 1], ['Factor', '3.00'];
is served(), 'two', 'a set';
change(w => $url, w_ls => 0);
change(b_lbm => 'bytraffic');
is $manager->balancer('cluster')->{lbmethod}, 'bytraffic', 'the method';

# Health checks by the manager.
$two->sick;
change(w => "http://$two", w_hm => 'GET', w_hu => '/health', w_hi => 100);
like until_status($manager, 'cluster', "http://$two", qr/HcFl/), qr/^Init HcFl/, 'a health check is begun, and fails';
is served(), 'one';
$two->well;
like until_status($manager, 'cluster', "http://$two", qr/Ok/), qr/^Init Ok/, 'and passes';

# A member that is added comes disabled.
change(b_nwrkr => "http://$new", b_wyes => 1);
is status("http://$new"), 'Init Dis', 'a member is added';
change(w => "http://$new", w_status_D => 0);
is served(), 'new one two', 'and serves';

is $httpd->request(method => 'POST', path => '/asked/', body => 'x' x 100)->body, 'length 100', 'ping=';
like $asks->last_request->{head}, qr/^Expect: 100-continue\r$/mi, 'asks before it sends a body';

change(w => "http://$new", w_status_D => 1);
$httpd->stop;
$httpd->start_again;
is status("http://$new"), 'Init Dis', 'after a stop and a start an added member is there, as it was';
is $manager->row($url)->{$_->[0]}, $_->[1], "so is $_->[0]" for ['Route', 'r1'], ['Factor', '3.00'];
is $manager->balancer('cluster')->{lbmethod}, 'bytraffic', 'and the method';
is served(), 'one two', 'all of it in force';

$one->go_down;
is served(), 'two', 'a member that is down';
is status(), 'Init Err', 'Err is shown';

done_testing;
