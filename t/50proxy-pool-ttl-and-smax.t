use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(await);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->note($request->{head} =~ m{^GET (\S+)});
        $connection->wait_for_release($1) if $request->{head} =~ m{/hold/(\w+)};
        $connection->reply(200, 'done');
    }
});
my $httpd = CxxProxy::Httpd->start(threads => 8, config => <<"CONF");
ProxyPass / http://$backend/ smax=1 ttl=1
CONF

my @clients = map { $httpd->client } 1 .. 4;
$clients[$_]->send("GET /hold/all?$_ HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. 3;
$backend->wait_for_note("/hold/all?$_") for 0 .. 3;
is $backend->connection_count, 4, 'four at once';
$backend->release('all');
is $_->read_response->body, 'done' for @clients;

# Above smax, connections that rested for longer than ttl go when somebody uses the pool.
await('idle connections to go', sub { $httpd->get('/x'); $backend->closed_count >= 3 });
is $backend->closed_count, 3, 'one stays';
my $before = $backend->connection_count;
is $httpd->get('/x')->body, 'done' for 1 .. 3;
is $backend->connection_count, $before, 'and serves';

done_testing;
