use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);
use CxxProxy::Stack qw(per_stack);

# A virtual host's balancer of a name that the main server has, too: each setting is the virtual host's if it gives one.
my ($a, $b) = map { my $name = $_; CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) { $connection->reply($request->{head} =~ m{/(\d\d\d)} ? $1 : 200, $name) }
}) } qw(a b);
my $httpd = CxxProxy::Httpd->start(stack => ['lbmethod_bytraffic'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b route=rb
    ProxySet timeout=3 maxattempts=2 lbmethod=bytraffic stickysession=MAIN|main stickysessionsep=! scolonpathdelim=On nofailover=On nonce=main failonstatus=510
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
ProxyPass /manager !
ProxyPass / balancer://cluster/
@{[CxxProxy::Httpd->virtual_host(undef, 'ServerName none.test', '<Proxy balancer://cluster>', 'ProxySet growth=1', '</Proxy>')]}
@{[CxxProxy::Httpd->virtual_host(undef, 'ServerName some.test', '<Proxy balancer://cluster>', 'ProxySet timeout=7 stickysession=SOME failonstatus=511', '</Proxy>')]}
@{[CxxProxy::Httpd->virtual_host(undef, 'ServerName all.test', '<Proxy balancer://cluster>', 'ProxySet timeout=8 maxattempts=0 lbmethod=byrequests stickysession=ALL stickysessionsep=. scolonpathdelim=Off nofailover=Off nonce=all', '</Proxy>')]}
CONF
my %manager = map { $_ => CxxProxy::Manager->new($httpd, '/manager', host => "$_.test") } qw(none some all);
sub settings ($host) {
    my $balancer = $manager{$host}->balancer('cluster');
    return join ' ', map { $balancer->{$_} // '-' } qw(timeout maxattempts lbmethod stickysession scolonpathdelim nofailover nonce);
}
# (The stock modules fall back to byrequests.)
my $inherited = per_stack(stock => 'byrequests', ours => 'bytraffic');
is settings('none'), "3 2 $inherited MAIN On On main", 'nothing of it: all from the main server';
is settings('some'), "7 2 $inherited SOME On On main", 'some of it';
is settings('all'),  '8 0 byrequests ALL Off Off all', 'all of it';

sub goes_to ($host, $cookie) { join '', map { $httpd->answer('/', Host => "$host.test", Cookie => $cookie) } 1 .. 2 }
is goes_to('none', 'MAIN=x!rb'), 'bb', 'the main server\'s session';
is goes_to('some', 'SOME=x!rb'), 'bb', 'a name of its own, the main server\'s separator';
is goes_to('all',  'ALL=x.rb'),  'bb', 'both of its own';
isnt goes_to('some', 'MAIN=x!rb') . goes_to('some', 'MAIN=x!ra'), 'bbaa', 'not the main server\'s name';

# The statuses of both count, once the answer is out.
sub answered ($host, $code, $route) { $httpd->get("/$code", Host => "$host.test", Cookie => "MAIN=x!$route; SOME=x!$route")->status }
sub is_marked ($host, $backend) { $manager{$host}->member('cluster', "http://$backend")->{status} =~ /Err/ }
is answered('none', 511, 'ra'), 511;
ok !is_marked('none', $a), 'not one of the virtual host\'s alone, in another';
is answered('some', 510, 'ra'), 510;
await('one of the main server to count in the virtual host', sub { is_marked('some', $a) });
is answered('some', 511, 'rb'), 511;
await('one of the virtual host to count', sub { is_marked('some', $b) });

done_testing;
