use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours per_stack);
use CxxProxy::Wait qw(await);

my ($a, $b) = map {
    my $name = $_;
    CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            return $connection->read_some if $request->{head} =~ m{/hold};
            $connection->reply(200, $name);
        }
    })
} qw(a b);
my $httpd = CxxProxy::Httpd->start(stack => ['lbmethod_bybusyness'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=a
    BalancerMember http://$b route=b
    ProxySet lbmethod=bybusyness stickysession=SID
</Proxy>
ProxyPass / balancer://cluster/
CONF
sub sequence ($count) {
    my $client = $httpd->client;
    return join '', map { $client->request(path => '/')->body } 1 .. $count;
}

my $held = $httpd->client;
$held->send("GET /hold HTTP/1.1\r\nHost: h\r\nCookie: SID=s.a\r\n\r\n");
$a->wait_for_requests(1);
is sequence(4), 'bbbb', 'a is busy';

my ($child) = $httpd->children;
kill 'KILL', $child;
await('a new child', sub { grep { $_ != $child } $httpd->children });
await('what it held to be taken back', sub { sequence(4) =~ /a/ }) if is_ours();
like sequence(8), per_stack(stock => qr/^b+$/, ours => qr/^(?=.*a)(?=.*b)/), 'the request of the dead child keeps nobody busy';

done_testing;
