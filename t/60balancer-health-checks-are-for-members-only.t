use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer until_status status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# A mapping without balancer takes the keys, but is not checked. The members of a balancer of the main server are checked once,
# however many virtual hosts have it from there, and are out for all of them.
my ($lone, $one, $two, $clock) = map { CxxProxy::HealthCheck->member($_) } qw(lone one two clock);
my $slow = CxxProxy::HealthCheck->stepped;
my @host = map { CxxProxy::Httpd->virtual_host(undef, "ServerName $_.test", CxxProxy::Manager::in_front()) } qw(a b);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
ProxyHCExpr up {hc('body') == 'up'}
<Proxy balancer://cluster>
    BalancerMember http://$one @{[$one->keys]} hcexpr=up
    BalancerMember http://$two @{[$two->keys]}
</Proxy>
<Proxy balancer://slow>
    BalancerMember http://$slow @{[$slow->keys]}
</Proxy>
<Proxy balancer://clock>
    BalancerMember http://$clock @{[$clock->keys]}
</Proxy>
ProxyPass /lone http://$lone @{[$lone->keys]}
@host
CONF
my @managers = map { CxxProxy::Manager->new($httpd, '/manager', host => "$_.test") } qw(a b);
sub served ($host) { my %seen; $seen{ $httpd->answer('/', Host => $host) }++ for 1 .. 4; join ' ', sort keys %seen }

for my $manager (@managers) {
    is until_status($manager, 'cluster', "http://$one", qr/HcFl/), 'Init HcFl ', "$manager->{host}: the expression of the main server";
    is served($manager->{host}), 'two', 'the other serves';
}
$one->checks_get(answer(500, 'up'));
for my $manager (@managers) {
    is until_status($manager, 'cluster', "http://$one", qr/Ok/), 'Init Ok ', "$manager->{host}: well";
    is served($manager->{host}), 'one two', 'both serve';
}

$clock->wait_for_checks(4);
is $slow->connection_count, 1, 'one check at a time';
is scalar $lone->checks, 0, 'a mapping without balancer is not checked';
is $httpd->answer('/lone/x', Host => 'a.test'), 'lone', 'it serves';

done_testing;
