# New: a child of an earlier generation, with other members, is killed while it serves a request.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);

plan skip_all => 'stock modules: a restart forgets all counts' unless is_ours();

my $slow = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request;
    $connection->wait_for_release;
});
my $other  = CxxProxy::Backend->named('other');
my $config = sub (@members) { <<"CONF" };
<Proxy balancer://cluster>
    @{[join "\n    ", map { "BalancerMember http://$_" } @members]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
# Not the event MPM: when a child of an older generation was killed, it may start one too many, and then cannot end it.
my $httpd   = CxxProxy::Httpd->start(mpm => 'prefork', config => $config->($slow));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub busy () { $manager->member('cluster', "http://$slow")->{busy} }

my $client = $httpd->client;
$client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
$slow->wait_for_requests(1);
await('the request to count', sub { busy() == 1 });
my %before = map { $_ => 1 } $httpd->children;
$httpd->graceful($config->($other, $slow));
await('the older children to leave but one', sub { grep({ $before{$_} } $httpd->children) == 1 });
is busy(), 1, 'a child of before serves it';

kill 'KILL', grep { $before{$_} } $httpd->children;
await('what it held to be taken back', sub { busy() == 0 });
is $httpd->get('/')->body, 'other';

done_testing;
