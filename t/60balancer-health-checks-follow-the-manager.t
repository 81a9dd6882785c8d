use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(await);

# What is changed through the manager holds from the next check on; a URI with ours only: stock keeps the one it began with.
my ($one, $clock, $rare, $late) = map { CxxProxy::HealthCheck->member($_) } qw(one clock rare late);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
ProxyHCExpr always {true}
ProxyHCExpr never  {false}
<Proxy balancer://cluster>
    BalancerMember http://$one hcmethod=GET hcinterval=100ms hcuri=/first/health
</Proxy>
<Proxy balancer://others>
    BalancerMember http://$clock @{[$clock->keys]}
    BalancerMember http://$rare @{[$rare->keys]}
    BalancerMember http://$late hcmethod=GET hcinterval=1hr hcuri=/health
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url     = "http://$one";
sub change (%what) { is $manager->change(b => 'cluster', w => $url, %what)->status, 200, "@{[%what]}" }
# The check after those that may have begun before the change.
sub next_check () { $one->wait_for_further_checks(2); (split /\r\n/, ($one->checks)[-1])[0] }

is next_check, 'GET /first/health HTTP/1.0';
change w_hu => '/second/health';
my $path = per_stack(stock => '/first/health', ours => '/second/health');
is next_check, "GET $path HTTP/1.0", 'a URI';
change w_hm => 'HEAD11';
is next_check, "HEAD $path HTTP/1.1", 'a method';

change w_he => 'never';
is until_status($manager, 'cluster', $url, qr/HcFl/), 'Init HcFl ', 'an expression';
change w_he => 'always';
is until_status($manager, 'cluster', $url, qr/Ok/), 'Init Ok ';
change w_hf => 1000, w_he => 'never';
await('failures that are but counted', sub { $manager->row($url)->{Fails} =~ /\((\d+)\)/ && $1 >= 2 });
is $manager->member('cluster', $url)->{status}, 'Init Ok ', 'the number of failures that it takes';
change w_hf => 1, w_he => 'always';

change w_hm => 'TCP';
my $connections = $one->connection_count;
await('connections', sub { $one->connection_count >= $connections + 3 });
is $one->bytes($connections + 2), '', 'TCP';

change w_hm => 'NONE';
$manager->change(b => 'others', w => "http://$rare", w_hi => 3600000);
$clock->wait_for_further_checks(2);    # one that had begun may come to its end
my @counts = map { $_->connection_count } $one, $rare;
$clock->wait_for_further_checks(4);
is $one->connection_count, $counts[0], 'NONE: no more checks';
is $rare->connection_count, $counts[1], 'nor after a second of an hour';

is scalar $late->checks, 0, 'an hour is not over';
$manager->change(b => 'others', w => "http://$late", w_hi => 100);
$late->wait_for_checks(2);
pass 'a shorter interval';

done_testing;
