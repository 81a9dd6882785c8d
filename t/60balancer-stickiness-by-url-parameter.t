use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=r1
    BalancerMember http://$b route=r2
    ProxySet stickysession=SID|sid
</Proxy>
<Proxy balancer://path>
    BalancerMember http://$a/p route=r1
    BalancerMember http://$b/p route=r2
    ProxySet stickysession=SID|sid scolonpathdelim=On
</Proxy>
<Proxy balancer://one>
    BalancerMember http://$a/o route=r1
    BalancerMember http://$b/o route=r2
    ProxySet stickysession=both
</Proxy>
ProxyPass /path balancer://path
ProxyPass /one  balancer://one
ProxyPass /     balancer://cluster/
Header set X-Route "%{BALANCER_SESSION_ROUTE}e"
Header set X-Sticky "%{BALANCER_SESSION_STICKY}e"
CONF

my $none = '(null)';
sub finds ($path, $route, $what = $path, @headers) {
    my $response = $httpd->get($path, @headers);
    is $response->header('X-Route'), $route, $what;
    is $response->body, $route eq 'r1' ? 'a' : 'b', "$what: the member" if $route =~ /^r[12]$/;
    return $response->header('X-Sticky');
}

is finds('/x?sid=s.r2', 'r2'), 'sid';
finds '/x?a=1&sid=s.r2&b=2',  'r2';
finds '/x;sid=s.r2',          'r2',     'in the path';
finds '/x;sid=s.r2?a=1',      'r2';
finds '/x;sid=s.r2;y=1',      'r2;y=1', 'a semicolon is part of the value';
finds '/path/x;sid=s.r2;y=1', 'r2',     'unless scolonpathdelim';
finds '/x?SID=s.r2',          $none,    'the parameter has a name of its own';
finds '/one?both=s.r2',       'r2',     'one name serves both';
finds '/one', 'r1', 'the cookie', Cookie => 'both=s.r1';
is finds('/x', 'r1', 'the cookie', Cookie => 'SID=s.r1'), 'SID';
finds '/one?both=s.r2', 'r2', 'the URL goes first', Cookie => 'both=s.r1';
finds '/one?both=s', $none, 'a URL value without a route hides the cookie', Cookie => 'both=s.r1';
finds '/x?sid=r2',            $none,    'no separator';
finds '/x?sid=s%2Er2',        $none,    'nothing is decoded';
finds '/x?xsid=s.r2',         per_stack(stock => 'r2', ours => $none), 'the end of a longer name';
finds '/x?xsid=s.r1&sid=s.r2', per_stack(stock => 'r1', ours => 'r2'), 'after a longer name';

done_testing;
