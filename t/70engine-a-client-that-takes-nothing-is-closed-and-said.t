use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads ours_only used_client);
use CxxProxy::Wait qw(await);

ours_only('nothing in the error log says it');

# An answer has far more bytes than sockets hold, with a length or in chunks.
my $mib     = 'x' x (1024 * 1024);
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($how) = $request->{head} =~ m{^GET /(\w+)};
        if ($how eq 'length') {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            1 while $connection->send($mib);
        } elsif ($how eq 'chunks') {
            $connection->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            1 while $connection->send_chunk($mib);
        } else {
            $connection->reply(200, 'x');
            next;
        }
        return $connection->note("$how broke off");
    }
});
my $httpd = few_threads(config => <<"CONF");
Timeout 1
ProxyPass / http://$backend/
CONF

my @clients = map { used_client($httpd) } 1 .. 2;
$clients[0]->send("GET /length HTTP/1.1\r\nHost: h\r\n\r\n");
$clients[1]->send("GET /chunks HTTP/1.1\r\nHost: h\r\n\r\n");
$backend->wait_for_note("$_ broke off") for qw(length chunks);
await('a line each', sub { told() >= 2 });
$httpd->stop;
is told(), 2, 'one line each, and no more' or diag $httpd->error_log;
sub told () { scalar(() = $httpd->error_log =~ /:info\] .*CXP0006: client does not take its answer/g) }

done_testing;
