use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

is $httpd->get('/')->body, 'x' for 1 .. 2;
is $backend->connection_count, 1;
$httpd->graceful;
is $httpd->get('/')->body, 'x', 'the next generation serves';
is $backend->connection_count, 2, 'with connections of its own';
$backend->wait_for_close(1);
pass 'the old one lets go of its own';

done_testing;
