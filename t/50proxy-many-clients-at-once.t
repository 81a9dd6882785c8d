use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# A backend that answers only when all have arrived.
my $clients = 12;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->wait_for_release if $request->{head} =~ m{/wait};
        $connection->reply(200, $request->{head} =~ m{ (\S+) } ? $1 : '');
    }
});
my $httpd = CxxProxy::Httpd->start(children => 2, threads => 16, config => "ProxyPass / http://$backend/");

my @clients = map { $httpd->client } 1 .. $clients;
$clients[$_]->send("GET /wait/$_ HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. $#clients;
$backend->wait_for_requests($clients);
is $backend->connection_count, $clients, 'all are at the backend at once';
$backend->release;
is $clients[$_]->read_response->body, "/wait/$_", 'each gets its own answer' for 0 .. $#clients;
is $clients[$_]->request(path => "/again/$_")->body, "/again/$_" for 0 .. $#clients;

done_testing;
