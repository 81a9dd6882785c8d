use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $echo  = CxxProxy::Backend->echo;
my $httpd = CxxProxy::Httpd->start(mpm => 'prefork', config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
</Proxy>
ProxyPass /cluster balancer://cluster
ProxyPass / http://$echo/
CONF

my @answers = map { $httpd->answer('/cluster') } 1 .. 6;
is join('', @answers), 'ababab', 'the balancer';

my $client = $httpd->client;
for my $size (0, 10, 100_000) {
    my $body     = 'z' x $size;
    my $response = $client->request(method => 'POST', path => '/echo', body => $body, chunked => $size % 3);
    is $response->status, 200, "$size bytes";
    is $response->body =~ s/^.*?\r\n\r\n//sr, $body;
}
is $httpd->get('/missing/host', Connection => 'close')->status, 200;

$client->close;
$httpd->graceful;
is $httpd->get('/after')->status, 200, 'after a graceful restart';

done_testing;
