use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $standby = CxxProxy::Backend->named('standby');
my $httpd = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
LogFormat "%h %l %u \\"%r\\" %>s backend:%{BALANCER_WORKER_NAME}e" proxy
CustomLog __ROOT__/logs/proxy proxy
<Proxy balancer://mycluster>
    BalancerMember http://$a
    BalancerMember http://$b
    BalancerMember http://$standby status=+H
    ProxySet stickysession=ROUTEID
</Proxy>
ProxyVia Off
ProxyTimeout 30
ProxyPass /plain/ http://$a/ connectiontimeout=5 ttl=60
ProxyPass / balancer://mycluster/
CONF

my $count = 0;
for my $path (qw(/one /two /plain/x)) {
    $httpd->get($path);
    $httpd->log_lines('proxy', ++$count);
}
is_deeply [$httpd->log_lines('proxy', 3)], [
    qq(127.0.0.1 - - "GET /one HTTP/1.1" 200 backend:http://$a),
    qq(127.0.0.1 - - "GET /two HTTP/1.1" 200 backend:http://$b),
    qq(127.0.0.1 - - "GET /plain/x HTTP/1.1" 200 backend:-),
];

done_testing;
