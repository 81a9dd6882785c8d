use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

# Two virtual hosts with long lists of addresses, alike but for the last one.
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my @shared = map {"127.0.1.$_:__PORT__"} 1 .. 40;
my $httpd  = CxxProxy::Httpd->start(config => join '', map { <<"CONF" } '127.0.1.77:80', '127.0.1.78:80 127.0.0.1:__PORT__');
<VirtualHost @shared $_>
    ServerName proxy.test
    <Proxy balancer://cluster>
        BalancerMember http://$a
        ProxySet growth=2 nonce=sesame
    </Proxy>
    ProxyPass /manager !
    ProxyPass / balancer://cluster/
    <Location /manager>
        SetHandler balancer-manager
    </Location>
</VirtualHost>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub members () { join ' ', sort keys %{ $manager->balancer('cluster')->{members} } }
my $both = join ' ', sort "http://$a", "http://$b";

is $manager->change(b => 'cluster', b_nwrkr => "http://$b", b_wyes => 1)->status, 200, 'a member is added';
is members, $both;
$manager->change(b => 'cluster', w => "http://$b", w_status_D => 0);
my %seen;
$seen{ $httpd->answer('/') }++ for 1 .. 10;
is_deeply [sort keys %seen], [qw(a b)], 'and serves';
$httpd->graceful;
is members, $both, 'after a restart, too' if is_ours();

done_testing;
