use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf Request_URI chain proxy-chain-auth
ProxyPass / http://$backend/
CONF

sub credentials ($path, $name) { $httpd->get($path, $name => 'Basic eDp5')->body =~ /^$name: (.*)\r$/m ? $1 : '-' }

is credentials('/', 'Proxy-Authorization'), 'Basic eDp5', 'nobody logged in here: credentials go on';
is credentials('/chain', 'Proxy-Authorization'), 'Basic eDp5';
is credentials('/', 'Authorization'), 'Basic eDp5', 'Authorization always does';

done_testing;
