use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $closed = CxxProxy::Backend->closed;
my $httpd  = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b/base/ route=rb
    ProxySet stickysession=SID
</Proxy>
<Proxy balancer://plain>
    BalancerMember http://$closed/plain
    BalancerMember http://$b/plain
</Proxy>
Header add Set-Cookie "SID=x.%{BALANCER_WORKER_ROUTE}e; path=/" env=BALANCER_ROUTE_CHANGED
ProxyPass /plain   balancer://plain
ProxyPass /cluster balancer://cluster
LogFormat "%{BALANCER_NAME}e %{BALANCER_WORKER_NAME}e %{BALANCER_WORKER_ROUTE}e %{BALANCER_SESSION_STICKY}e %{BALANCER_SESSION_ROUTE}e %{BALANCER_ROUTE_CHANGED}e" balance
CustomLog __ROOT__/logs/balance balance
CONF

my $count = 0;
sub logged ($path, @headers) {
    my $response = $httpd->get($path, @headers);
    return (($httpd->log_lines('balance', ++$count))[-1], $response->header('Set-Cookie') // '-');
}

is_deeply [logged('/cluster')], ["balancer://cluster http://$a ra - - 1", 'SID=x.ra; path=/'], 'a new session';
is_deeply [logged('/cluster', Cookie => 'SID=x.rb')], ["balancer://cluster http://$b/base/ rb SID rb -", '-'], 'a session at home';
is_deeply [logged('/cluster', Cookie => 'SID=x.rz')], ["balancer://cluster http://$a ra SID rz 1", 'SID=x.ra; path=/'], 'an unknown route';
is_deeply [logged('/plain')], ["balancer://plain http://$b/plain  - - -", '-'], 'no stickiness; the last attempt counts';

done_testing;
