use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->note('here');
        $connection->wait_for_release if $request->{head} =~ m{/hold};
        return if $request->{head} =~ m{/die};
        $connection->reply(200, 'x' x 1000);
    }
});
my $httpd = CxxProxy::Httpd->start(children => 2, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub member () { $manager->row("http://$backend") }

is member->{Busy}, 0;
is member->{Elected}, 0;

my @clients = map { my $client = $httpd->client; $client->send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"); $client } 1 .. 3;
$backend->wait_for_requests(3);
is member->{Busy}, 3, 'three requests are with the member';
is member->{Elected}, 3;

$backend->release;
is $_->read_response->body_length, 1000 for @clients;
await('the end of the requests', sub { member->{Busy} == 0 });
pass 'busy falls when they end';

is $httpd->get('/die')->status, 502;
await('the end of the request', sub { member->{Busy} == 0 });
is member->{Elected}, 4;
isnt member->{To}, 0, 'bytes to the member: ' . member->{To};
like member->{From}, qr/^\d+(?:\.\d)?K$/, 'and from it: ' . member->{From};

done_testing;
