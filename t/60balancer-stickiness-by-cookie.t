use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $httpd = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=r1
    BalancerMember http://$b route=r2
    BalancerMember http://$c route=r.3
    ProxySet stickysession=SID
</Proxy>
ProxyPass / balancer://cluster/
Header set X-Route "%{BALANCER_SESSION_ROUTE}e"
CONF

# The route that was found in the cookie, and who served if that decides it.
sub finds ($cookie, $route, $member, $what = $cookie) {
    my $response = $httpd->get('/', Cookie => $cookie);
    is $response->header('X-Route'), $route // '(null)', "$what: the route";
    is $response->body, $member, "$what: the member" if $member;
}

finds 'SID=session.r2',              'r2', 'b';
finds 'x=y; SID=session.r1; z=1',    'r1', 'a', 'among others';
finds 'x=y;SID=session.r1;z=1',      'r1', 'a', 'without spaces';
finds 'SID = session.r1',            'r1', 'a', 'spaces before the equals sign';
finds 'SID=s.r.3',                   'r.3', 'c', 'what follows the first separator';
finds 'SID=.r2',                     'r2', 'b', 'without a session';
finds 'x=1,SID=s.r2,y=2',            'r2', 'b', 'between commas';
finds 'SID=s.r2; SID=s.r1',          'r2', 'b', 'twice the name: the first';
finds 'SID=first; SID=s.r2',         undef, undef, 'twice the name, the first without a route';
finds 'SID=session.unknown',         'unknown', undef, 'a route of nobody';
finds 'SID=session.R2',              'R2', undef, 'a route in another case';
finds 'SID=session',                 undef, undef, 'no route';
finds 'SID=session.',                '',    undef, 'an empty route';
finds 'SID=r2',                      undef, undef, 'no separator';
finds 'sid=session.r2',              undef, undef, 'another case';
finds 'XSID=session.r2',             undef, undef, 'the end of a longer name';
finds 'SIDX=session.r2',             undef, undef, 'the start of a longer name';
finds 'a=SID=session.r2',            undef, undef, 'inside a value';
finds 'XSID=s.r1; SID=s.r2',         'r2', 'b', 'after a longer name';

done_testing;
