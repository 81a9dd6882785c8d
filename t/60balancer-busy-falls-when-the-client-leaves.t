use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request or return;
    $connection->send("HTTP/1.1 200 OK\r\n\r\n");
    while ($connection->send('x' x 65536)) { }
    $connection->note('stopped');
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub busy () { $manager->row("http://$backend")->{Busy} }

for my $leave (qw(close reset)) {
    my $client = $httpd->client;
    $client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    $client->read_until(qr/xxxx/);
    is busy, 1, 'busy';
    $client->$leave;
    await("the member to be free ($leave)", sub { busy == 0 });
    pass "free again after a $leave";
}
await('the backend to be told', sub { $backend->notes == 2 });
pass 'the backend connections are closed';

done_testing;
