use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(ports => ['six'], config => <<"CONF");
Listen [::1]:__PORT_six__
ProxyPass / http://$backend/
CONF

my $client = CxxProxy::RawClient->connect('[::1]:' . $httpd->port('six'));
like $client->request->body, qr/^X-Forwarded-For: ::1\r$/m;

done_testing;
