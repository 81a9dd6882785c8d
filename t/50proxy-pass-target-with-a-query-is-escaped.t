use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => "ProxyPass /x http://$backend/y?z=1");

is $httpd->answer('/x/a?b=2'), '/y%3Fz=1/a?b=2';
like $backend->last_request->{head}, qr/^Connection: close\r$/m, 'and its worker is not found';

done_testing;
