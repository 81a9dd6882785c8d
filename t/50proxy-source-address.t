use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) { $connection->reply(200, $connection->socket->peerhost) }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
ProxySourceAddress 127.0.0.9
CONF

is $httpd->answer('/'), '127.0.0.9', 'connections to the backend come from there';

# An address of documentation (RFC 5737), so of no machine.
my $elsewhere = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
ProxySourceAddress 192.0.2.1
CONF

is $elsewhere->answer('/'), '127.0.0.1', 'one that cannot be bound: the system chooses';
like $elsewhere->error_log, qr/AH00956: /, 'and the log tells';

done_testing;
