use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use Digest::MD5 qw(md5_hex);

my $closed = CxxProxy::Backend->closed;
my $taker  = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) { $connection->reply(200, "$request->{length} $request->{md5}") }
});
my @cases  = map { my $size = $_; map { [$size, $_] } 0, 1 } 0, 1, 8191, 16384, 16385, 100_000, 2_000_000;
my $config = join '', map { <<"CONF" } 0 .. $#cases;
<Proxy balancer://cluster$_>
    BalancerMember http://$closed/$_
    BalancerMember http://$taker/$_
</Proxy>
ProxyPass /$_/ balancer://cluster$_/
CONF
my $httpd = CxxProxy::Httpd->start(config => $config);

for my $i (0 .. $#cases) {
    my ($size, $chunked) = @{ $cases[$i] };
    my $body = substr join('', map { chr(33 + $_ % 90) } 1 .. 1000) x (1 + $size / 1000), 0, $size;
    my $response = $httpd->request(method => 'POST', path => "/$i/", body => $body, chunked => $chunked);
    is $response->body, "$size " . md5_hex($body), "$size bytes" . ($chunked ? ', chunked' : '');
}

done_testing;
