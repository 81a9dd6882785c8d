use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $one = CxxProxy::Backend->teller('one', unix => 1);
my $two = CxxProxy::Backend->teller('two');
my $path = $one->path;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://app>
    BalancerMember unix:$path|http://one.test
    BalancerMember http://$two
</Proxy>
<Location /x>
    SetHandler proxy:balancer://app
</Location>
CONF
my $root = $httpd->root . '/htdocs';

is_deeply [sort map { $httpd->answer('/x/y') } 1 .. 2], ["one$root/x", "two$root/x"], 'each member has its turn';

done_testing;
