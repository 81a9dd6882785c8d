use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $closed = CxxProxy::Backend->closed;
my $cut    = CxxProxy::Backend->start(sub ($connection) { $connection->read_request });
my $short  = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request;
    $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
LogLevel proxy:debug proxy_http:trace2 proxy_balancer:info lbmethod_byrequests:info
ProxyPass /closed   http://$closed/
ProxyPass /cut      http://$cut/
ProxyPass /short    http://$short/
ProxyPass /balancer balancer://cluster
<Proxy balancer://cluster>
    BalancerMember http://$closed/b
    ProxySet forcerecovery=Off
</Proxy>
CONF

$httpd->get($_) for qw(/closed /cut /short /balancer /balancer);
$httpd->wait_for_log(qr/AH01110/);
my $log = $httpd->error_log;
like $log, qr/$_/, $_ for
    qr/:error\] .*AH00957: http: attempt to connect to .*127\.0\.0\.1:\d+.* failed/,
    qr/:error\] .*\[client 127\.0\.0\.1:\d+\] AH01114: HTTP: failed to make connection to backend: 127\.0\.0\.1/,
    qr/:error\] .*AH01102: error reading status line from remote server .*$cut/,
    qr/:error\] .*AH00898: Error reading from remote server returned by \/cut/,
    qr/:error\] .*AH01110: error reading response/,
    qr/:error\] .*AH00959: .*disabling worker.*127\.0\.0\.1.* for 60s/,
    qr/:error\] .*AH01170: balancer:\/\/cluster: All workers are in error state/;

done_testing;
