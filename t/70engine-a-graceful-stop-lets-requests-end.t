use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);
use CxxProxy::Wait qw(await);
use POSIX qw(WNOHANG);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->wait_for_release if $request->{head} =~ m{/late};
        $connection->reply(200, 'l' x 100_000);
    }
});
my $httpd = few_threads(children => 2, config => "KeepAliveTimeout 60\nProxyPass / http://$backend/");

my @idle = map { used_client($httpd) } 1 .. 5;
my @late = map { $_ % 2 ? used_client($httpd) : $httpd->client } 1 .. 6;
my $seen = $backend->requests;
$_->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n") for @late;
$backend->wait_for_requests($seen + 6);

kill 'WINCH', $httpd->pid;
await('the port to be closed', sub { !eval { $httpd->client } });
is scalar(grep { $_->is_closed } @idle), 5, 'idle connections are closed';
is waitpid($httpd->pid, WNOHANG), 0, 'the server waits for the others';
$backend->release;
for my $client (@late) {
    is $client->read_response->body, 'l' x 100_000, 'what was under way is finished';
    ok $client->is_closed;
}
await('the end of the server', sub { waitpid($httpd->pid, WNOHANG) == $httpd->pid });
is $?, 0, 'then it ends';

done_testing;
