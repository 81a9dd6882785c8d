use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x', unix => 1);
my $path    = $backend->path;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /kept  unix:$path|http://app.test/
ProxyPass /fresh unix:$path|http://fresh.test/ disablereuse=on
CONF

$httpd->get('/kept/') for 1 .. 3;
is $backend->connection_count, 1, 'three requests, one connection';
$httpd->get('/fresh/') for 1 .. 3;
is $backend->connection_count, 4, 'disablereuse: one each';

done_testing;
