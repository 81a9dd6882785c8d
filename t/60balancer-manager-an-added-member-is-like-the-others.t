use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

# A member that is added while the server runs is one like the others.
my $a = CxxProxy::Backend->named('a');
sub redirecting ($name) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            my ($host) = $request->{head} =~ /^Host: (\S+)/mi;
            $request->{head} =~ m{/go} ? $connection->reply(302, '', Location => "http://$host/app/there") : $connection->reply(200, $name);
        }
    });
}
my $b     = redirecting('b');
my $httpd = CxxProxy::Httpd->start(children => 2, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a/app route=ra
    ProxySet stickysession=SID growth=20 nonce=sesame
</Proxy>
ProxyPass /manager !
ProxyPass / balancer://cluster/
ProxyPassReverse / balancer://cluster/
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub add ($url) { $manager->change(b => 'cluster', b_nwrkr => $url, b_wyes => 1)->status }
sub shown () { join ' ', sort keys %{ $manager->balancer('cluster')->{members} } }

is add("http://$b/app"), 200;
$manager->change(b => 'cluster', w => "http://$b/app", w_status_D => 0, w_wr => 'rb');
is join('', map { $httpd->answer("/$_", Cookie => 'SID=x.rb') } 1 .. 12), 'b' x 12, 'sessions of its route are its own';
is $httpd->get('/go', Cookie => 'SID=x.rb', Host => 'proxy.test')->header('Location'), 'http://proxy.test/there', 'its redirects are rewritten' for 1 .. 6;
like $httpd->answer('/', Cookie => 'SID=x.rc'), qr/^[ab]$/;
$manager->change(b => 'cluster', w => "http://$b/app", w_status_N => 1);
is join('', map { $httpd->answer('/', Cookie => 'SID=x.rb') . $httpd->answer('/') } 1 .. 6), 'ba' x 6, 'it can be drained';
$manager->change(b => 'cluster', w => "http://$b/app", w_status_N => 0);
$b->go_down;
is join('', map { $httpd->answer('/', Cookie => 'SID=x.rb') } 1 .. 4), per_stack(stock => '503aaa', ours => 'aaaa'), 'when it is down another takes over';
is $manager->member('cluster', "http://$b/app")->{status}, 'Init Err ', 'which is seen';

my $before = shown;
for my $url ("http://$b/app", "HTTP://$b/app", 'http://', 'http://[::1', '/', 'nonsense') {
    is add($url), 400, "$url cannot be added";
}
is shown, $before;
for my $url ("balancer://cluster", "ftp://$b/", "nosuch://$b/") {
    is add($url), per_stack(stock => 200, ours => 400), "nobody serves $url";
}
for my $url ("http://[::1]:4711/x", 'unix:/nowhere|http://socket.test/') {
    is add($url), 200, "$url can";
    is $manager->member('cluster', $url)->{status}, 'Init Dis ';
}

done_testing;
