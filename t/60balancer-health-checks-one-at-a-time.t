use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer until_status status_of);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# However many children there are, one of them checks; a member that takes its time with an answer gets no second check
# meanwhile, and holds up no check of another member, and no client.
my @slow  = map { CxxProxy::HealthCheck->stepped } 1 .. 4;
my ($one, $two) = map { CxxProxy::HealthCheck->member($_) } qw(one two);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], children => 4, threads => 4, config => join "\n", '<Proxy balancer://slow>',
    (map { "BalancerMember http://$_ @{[$_->keys]}" } @slow), '</Proxy>', <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$one @{[$one->keys]}
    BalancerMember http://$two @{[$two->keys]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

$_->wait_for_checks(6) for $one, $two;
is $_->connection_count, 1, 'one check of a member that does not answer' for @slow;
is status_of($manager, 'slow', "http://$_"), 'Init Ok ', 'as long as there is no verdict it is well' for @slow;
my %seen;
$seen{ $httpd->answer('/') }++ for 1 .. 8;
is_deeply \%seen, { one => 4, two => 4 }, 'clients do not wait';
$one->sick;
is until_status($manager, 'cluster', "http://$one", qr/HcFl/), 'Init HcFl ', 'others are judged meanwhile';
$seen{ $httpd->answer('/') }++ for 1 .. 8;
is_deeply \%seen, { one => 4, two => 12 }, 'which all children know';

$_->answer_next(answer(500)) for @slow;
$_->wait_for_verdict for @slow;
is status_of($manager, 'slow', "http://$_"), 'Init HcFl ', 'a late answer counts' for @slow;

done_testing;
