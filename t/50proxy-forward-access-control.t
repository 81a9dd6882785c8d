use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(comes_later);

comes_later('forward proxying');

my $origin = CxxProxy::Backend->teller;
my $httpd  = CxxProxy::Httpd->start(config => <<"CONF");
ProxyRequests On
<Proxy *>
    Require all denied
</Proxy>
<Proxy http://$origin/open>
    Require all granted
</Proxy>
CONF

sub status ($target) { $httpd->request(path => $target)->status }

is status("http://$origin/x"), 403;
is status("http://$origin/open/x"), 200;

done_testing;
