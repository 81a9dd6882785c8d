# New: what the children of earlier generations still serve counts, also when members came and went with the restarts.
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

my ($a, $b, $c) = map {
    my $name = $_;
    CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            $connection->wait_for_release($1) if $request->{head} =~ m{/hold/(\w+)};
            $connection->reply(200, $name);
        }
    })
} qw(a b c);
my $config = sub (@members) { <<"CONF" };
<Proxy balancer://cluster>
    @{[join "\n    ", map { "BalancerMember http://$_ route=r$_->{port}" } @members]}
    ProxySet lbmethod=bybusyness stickysession=SID
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(stack => ['lbmethod_bybusyness'], config => $config->($a, $b));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub of ($backend, $field) { $manager->member('cluster', "http://$backend")->{$field} }
sub busy () { join ' ', map { of($_, 'busy') // '-' } $a, $b, $c }
sub comes_to ($busy, $why) { await("$why: $busy", sub { busy() eq $busy }); pass $why }    # a child of the last generation may still answer
sub mappings () { scalar grep { m{/dev/zero|/SYSV|/dev/shm} } split /\n/, CxxProxy::Httpd::slurp('/proc/' . $httpd->pid . '/maps') }

# A request that stays at that member until it is released.
my %arrived;
sub hold ($backend, $name) {
    my $client = $httpd->client;
    $client->send("GET /hold/$name HTTP/1.1\r\nHost: h\r\nCookie: SID=s.r$backend->{port}\r\n\r\n");
    $backend->wait_for_requests(++$arrived{$backend});
    return $client;
}
sub release ($backend, $name, $client) {
    $backend->release($name);
    is $client->read_response->status, 200, "$name is answered";
}

my $alone = mappings();
my $first = hold($a, 'first');
is busy(), '1 0 -';

$httpd->graceful($config->($c, $a, $b));
comes_to('1 0 0', 'a member was added before it: the first generation\'s request');
my $second = hold($a, 'second');
is busy(), '2 0 0', 'and one of the second';
is join('', sort map { $httpd->get('/')->body } 1 .. 4), 'bbcc', 'the busy member is spared';
$arrived{$b} += 2;

$httpd->graceful($config->($b, $c));
comes_to('- 0 0', 'the member was taken out');
my $third = hold($b, 'third');
$httpd->graceful($config->($c, $b, $a));
comes_to('2 1 0', 'and comes back: four generations in one sum');


release($a, first => $first);
comes_to('1 1 0', 'its end is seen');
release($b, third => $third);
comes_to('1 0 0', 'and that of the third');
await('the end of its child', sub { mappings() == $alone + 1 });
like $manager->row("http://$b")->{From}, qr/^[ 0-9.]*[1-9]/, 'bytes that an old child has moved arrive at the member';

release($a, second => $second);
comes_to('0 0 0', 'the last one');
await('the memory of the older generations', sub { mappings() == $alone });
is $httpd->get('/')->status, 200;

done_testing;
