use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass ~ ^/r/(.*)\$ http://$backend/tilde/\$1
ProxyPass ~ ^/w/       http://$backend/whole
CONF

is $httpd->answer('/r/x'), '/tilde/x';
is $httpd->answer('/w/x'), '/whole/w/x';
is $httpd->answer('/r'), 404;

my ($ok, $said) = CxxProxy::Httpd->check(config => "ProxyPassMatch ~ ^/x http://$backend/");
ok !$ok, 'ProxyPassMatch refuses the tilde';

done_testing;
