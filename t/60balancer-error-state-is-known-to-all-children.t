use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $good = CxxProxy::Backend->named('good');
my $bad  = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) { $connection->reply(500, 'bad') }
});
my $httpd = CxxProxy::Httpd->start(children => 4, threads => 4, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$bad
    BalancerMember http://$good
    ProxySet failonstatus=500
</Proxy>
ProxyPass / balancer://cluster/
CONF

my %count;
$count{ $httpd->get('/')->body }++ for 1 .. 40;
is_deeply \%count, { bad => 1, good => 39 }, 'one request found out for all processes';

done_testing;
