use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $kept    = CxxProxy::Backend->named('y');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy http://$kept>
    ProxySet retry=0
</Proxy>
<Location /fresh>
    SetHandler proxy:http://$backend
</Location>
<Location /kept>
    SetHandler proxy:http://$kept
</Location>
CONF

$httpd->get('/fresh') for 1 .. 3;
is $backend->connection_count, 3, 'without a worker of its own: a connection per request';
like $backend->last_request->{head}, qr/^Connection: close\r$/m;
$httpd->get('/kept') for 1 .. 3;
is $kept->connection_count, 1, 'with one: connections are kept';
like $kept->last_request->{head}, qr/^Connection: Keep-Alive\r$/m;

done_testing;
