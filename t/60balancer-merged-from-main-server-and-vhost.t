use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=a
    BalancerMember http://$b route=b
</Proxy>
<VirtualHost *:__PORT__>
    ServerName main.test
    ProxyPass / balancer://cluster/
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName own.test
    ProxyPass / balancer://cluster/
    <Proxy balancer://cluster>
        ProxySet stickysession=SID
    </Proxy>
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName members.test
    ProxyPass / balancer://cluster/
    <Proxy balancer://cluster>
        BalancerMember http://$c
    </Proxy>
</VirtualHost>
CONF

sub served ($host, @headers) { join '', map { $httpd->answer('/', Host => $host, @headers) } 1 .. 4 }

is served('main.test', Cookie => 'SID=s.b'), 'abab', 'the main server\'s balancer';
is served('own.test', Cookie => 'SID=s.b'), 'bbbb', 'its members, with a setting of the vhost\'s own';

my %seen;
$seen{ $httpd->answer('/', Host => 'members.test') }++ for 1 .. 16;
is_deeply [sort keys %seen], [qw(a b)], 'members come from the main server alone';

done_testing;
