use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(await);

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $down   = CxxProxy::Backend->closed;
my $config = sub (@members) { <<"CONF" };
<Proxy balancer://cluster>
    @{[join "\n    ", map { "BalancerMember http://$_" } @members]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(config => $config->($a, $b, $down));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub row ($url) { $manager->row("http://$url") }
sub elected (@urls) { join ' ', map { row($_)->{Elected} } @urls }

$httpd->get('/') for 1 .. 4;
my $before = elected($a, $b, $down);
is row($down)->{Status}, 'Init Err';

$httpd->graceful;
is elected($a, $b, $down), per_stack(stock => '0 0 0', ours => $before), 'the same configuration: the counts';
is row($down)->{Status}, per_stack(stock => 'Init Ok', ours => 'Init Err'), 'and the mark';

$httpd->graceful($config->($c, $down, $b));
is row($a)->{Elected}, undef, 'another configuration: who is gone is gone';
my ($of_b, $of_down) = (split ' ', $before)[1, 2];
is elected($b, $down), per_stack(stock => '0 0', ours => "$of_b $of_down"), 'who is still there has its counts, whatever its place';
is row($down)->{Status}, per_stack(stock => 'Init Ok', ours => 'Init Err');
is elected($c), 0, 'who is new begins anew';

$httpd->stop;
$httpd->start_again;
is elected($b, $down), '0 0', 'a full stop forgets';

# A request that an old child still serves is in flight for the new generation, too.
my $slow = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request;
    $connection->wait_for_release;
    $connection->reply(200, 'late');
});
$httpd->graceful($config->($slow));
my $client = $httpd->client;
$client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
$slow->wait_for_requests(1);
is row($slow)->{Busy}, 1;
$httpd->graceful;
is row($slow)->{Busy}, per_stack(stock => 0, ours => 1), 'a request that a child of the last generation serves';
$slow->release;
is $client->read_response->body, 'late';
await('its end', sub { row($slow)->{Busy} == 0 });

done_testing;
