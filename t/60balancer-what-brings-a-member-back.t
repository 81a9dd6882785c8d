use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);

# What brings a member back, and what does not. (Others serve meanwhile, so that forcerecovery has nothing to do.)
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a retry=1
    BalancerMember http://$b
    ProxySet nonce=sesame
</Proxy>
<Proxy balancer://checked>
    BalancerMember http://$a/c status=+C
    BalancerMember http://$b/c status=+E retry=100
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
ProxyPass /manager !
ProxyPass /checked balancer://checked
ProxyPass / balancer://cluster/
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub change (%what) { $manager->change(b => 'cluster', w => "http://$a", %what) }
sub status () { $manager->member('cluster', "http://$a")->{status} }
sub served ($count) { join '', sort map { $httpd->answer('/') } 1 .. $count }

$a->go_down;
served(2);
is status, 'Init Err ';
like $manager->member('cluster', "http://$a")->{error_time}, qr/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/, 'since when, in XML';
change(w_status_S => 1);
$a->come_up;
my $began = time;
await('its time to be over', sub { time > $began + 2 });
is served(4), 'bbbb', 'a stopped member is not retried';
is status, 'Init Stop Err ';
change(w_status_S => 0, w_status_D => 1);
served(2);
is status, 'Init Dis ', 'a disabled one is, and stays disabled';
change(w_status_D => 0);
is served(4), 'aabb', 'let go, it is retried, and serves';
is status, 'Init Ok ';
is $manager->member('cluster', "http://$a")->{error_time}, undef;
is $manager->member('cluster', "http://$a")->{retries}, 0, 'an error that is over leaves no trace';

is $httpd->answer('/checked'), 'b', 'an error of the configuration is over at once' for 1 .. 2;
like $manager->member('checked', "http://$a/c")->{status}, qr/HcFl/, 'a failed check is not forgiven';

done_testing;
