use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# h2c:// members are members as others are: shares, failover, error states, sessions, and the manager.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

sub member ($name) { CxxProxy::Http2Backend->start({ '/503' => [['reply', 503, "503 of $name"]], '*' => [['body'], ['reply', 200, $name]] }) }
my ($one, $two) = map { member($_) } qw(one two);
my $http  = CxxProxy::Backend->named('http');
my $down  = CxxProxy::Backend->closed;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_http2'], config => <<"CONF");
<Proxy balancer://shares>
    BalancerMember h2c://$one loadfactor=2
    BalancerMember h2c://$two
    BalancerMember http://$http
</Proxy>
<Proxy balancer://down>
    BalancerMember h2c://$down
    BalancerMember h2c://$one/down
</Proxy>
<Proxy balancer://failing>
    BalancerMember h2c://$one
    BalancerMember h2c://$two status=+H
    ProxySet failonstatus=503
</Proxy>
<Proxy balancer://sessions>
    BalancerMember h2c://$one/sessions route=r1
    BalancerMember h2c://$two/sessions route=r2
    ProxySet stickysession=ID
</Proxy>
<Proxy balancer://gone>
    BalancerMember h2c://$one/gone
    BalancerMember h2c://$two/gone
</Proxy>
ProxyPass /shares   balancer://shares
ProxyPass /down     balancer://down
ProxyPass /failing  balancer://failing
ProxyPass /sessions balancer://sessions
ProxyPass /gone     balancer://gone
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

my %served;
$served{ $httpd->answer('/shares/x') }++ for 1 .. 16;
is_deeply \%served, { one => 8, two => 4, http => 4 }, 'loadfactor holds';
is $manager->member('shares', "h2c://$one")->{elected}, 8, 'which the manager shows';

is $httpd->answer('/down/x'), 'one', 'a member that cannot be reached costs no request' for 1 .. 3;
like $manager->member('down', "h2c://$down")->{status}, qr/Err/, 'and is in error';
is $httpd->request(method => 'POST', path => '/down/x', body => 'x' x 1000)->body, 'one', 'a POST, too';

is join(' ', map { $httpd->answer('/sessions/x', Cookie => "ID=a.$_") } qw(r1 r1 r2 r2 r1)), 'one one two two one', 'a session stays';

is $httpd->answer('/failing/x'), 'one', 'a hot standby waits';
is $httpd->get('/failing/503')->body, '503 of one', 'a status in failonstatus comes through';
like $manager->member('failing', "h2c://$one")->{status}, qr/Err/, 'and brings the member into error';
is $httpd->answer('/failing/x'), 'two', 'so the standby serves';
$manager->change(b => 'gone', w => "h2c://$one/gone", w_status_D => 1);
is join(' ', map { $httpd->answer('/gone/x') } 1 .. 3), 'two two two', 'a member that the manager disables gets nothing';
$manager->change(b => 'gone', w => "h2c://$one/gone", w_status_D => 0);
my %again = map { $httpd->answer('/gone/x') => 1 } 1 .. 6;
is_deeply \%again, { one => 1, two => 1 }, 'until it is enabled';

$one->go_down;
is join(' ', map { $httpd->answer('/gone/x') } 1 .. 4), 'two two two two', 'a member that dies costs no GET';
is_deeply [map { $_->troubles } $one, $two], [];
done_testing;
