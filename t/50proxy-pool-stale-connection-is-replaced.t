use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# A backend that closes each connection after one answer without having said so.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request or return;
    $connection->reply(200, 'x');
});
# One that sends something unasked while the connection rests.
my $noisy = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) {
        $connection->reply(200, 'x');
        $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL");
        $connection->note('sent');
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /stale http://$backend/
ProxyPass /noisy http://$noisy/
CONF

for my $turn (1 .. 4) {
    is $httpd->get('/stale')->body, 'x', 'a connection that died at rest costs no request';
    $backend->wait_for_close($turn);
}
is $backend->connection_count, 4;

for my $turn (1 .. 3) {
    is $httpd->get('/noisy')->body, 'x', 'unasked bytes are nobody\'s answer';
    CxxProxy::Wait::await('the unasked bytes', sub { $noisy->notes >= $turn });
}
is $noisy->connection_count, 3;

done_testing;
