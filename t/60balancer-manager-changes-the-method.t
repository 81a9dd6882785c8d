use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(stack => [qw(lbmethod_bytraffic lbmethod_bybusyness lbmethod_heartbeat)], children => 2,
    files => { heartbeats => "127.0.0.1 lastseen=0&ready=75&busy=0\n" }, config => <<"CONF");
HeartbeatStorage __ROOT__/heartbeats
<Proxy balancer://cluster>
    BalancerMember http://$a loadfactor=2 route=ra
    BalancerMember http://$b route=rb
    ProxySet nonce=sesame stickysession=SID
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub shown ($field) { map { $manager->member('cluster', "http://$_")->{$field} } $a, $b }
sub selected () { $manager->html('?b=cluster&nonce=sesame') =~ m{<option value='(\w+)' selected\s*>} ? $1 : 'none' }
sub served ($count) { my $client = $httpd->client; join '', map { $client->request(path => '/')->body } 1 .. $count }

my @offered = $manager->html('?b=cluster&nonce=sesame') =~ m{<option value='(\w+)'}g;
is_deeply [sort @offered], [qw(bybusyness byrequests bytraffic heartbeat)], 'the form offers what is loaded';
is selected(), 'byrequests';
is served(6), 'abaaba';
for my $case (['bytraffic', 'aababa'], ['bybusyness', 'abaaba'], ['heartbeat', qr/^[ab]{6}$/], ['byrequests', 'abaaba'], ['bytraffic', 'aababa']) {
    my ($method, $expected) = @$case;
    is $manager->change(b => 'cluster', b_lbm => $method)->status, 200, "to $method";
    is $manager->balancer('cluster')->{lbmethod}, $method;
    is selected(), $method;
    is_deeply [shown('transferred'), shown('read')], [0, 0, 0, 0], 'begins with no bytes' if $method eq 'bytraffic';
    my $served = served(6);
    ref $expected ? like($served, $expected) : is($served, $expected, 'and is in force');
    is join('', map { $httpd->answer('/', Cookie => 'SID=x.rb') } 1 .. 3), 'bbb', 'sessions stay where they are';
    $manager->change(b => 'cluster', w => "http://$a", w_lf => 2);    # a clean sheet
}
done_testing;
