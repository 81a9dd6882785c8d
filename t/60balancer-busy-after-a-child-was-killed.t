use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours per_stack);
use CxxProxy::Wait qw(await);

my $backend = CxxProxy::Backend->start(sub ($connection) { $connection->read_request; $connection->read_some });
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub busy () { $manager->row("http://$backend")->{Busy} }

my $client = $httpd->client;
$client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
$backend->wait_for_requests(1);
is busy, 1;
my ($child) = $httpd->children;
kill "KILL", $child;
await('a new child', sub { grep { $_ != $child } $httpd->children });
await('what it held to be taken back', sub { busy == 0 }) if is_ours;
is busy, per_stack(stock => 1, ours => 0), 'the request of the dead child is not counted for ever';

done_testing;
