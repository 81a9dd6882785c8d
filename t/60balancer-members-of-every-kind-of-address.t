use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# Members of every kind of address, as requests, logs and pages see them.
sub echo_to ($name, %option) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            my ($target) = $request->{head} =~ /^\S+ (\S+)/;
            my ($host)   = $request->{head} =~ /^Host: (\S+)/mi;
            $connection->reply(200, "$name $target $host");
        }
    }, %option);
}
my $path = echo_to('path');
my $six  = echo_to('six', host => '::1');
my $unix = echo_to('unix', unix => 1);
my $two  = echo_to('two', unix => 1);
my $of_unix = "unix:@{[$unix->path]}|http://socket.test/base";
my $of_two  = "unix:@{[$two->path]}|http://localhost/";
my $httpd = CxxProxy::Httpd->start(modules => ['status'], children => 2, config => <<"CONF");
ProxyStatus On
<Proxy balancer://cluster>
    BalancerMember http://$path/some/path route=path
    BalancerMember http://$six/ route=six
    BalancerMember $of_unix route=unix
    BalancerMember $of_two route=two
    ProxySet stickysession=SID nonce=sesame growth=1
</Proxy>
<Location /status>
    SetHandler server-status
</Location>
<Location /manager>
    SetHandler balancer-manager
</Location>
ProxyPass /status !
ProxyPass /manager !
ProxyPass /app balancer://cluster/x
ProxyPassReverse /app balancer://cluster/x
LogFormat "%U %{BALANCER_WORKER_NAME}e %{BALANCER_WORKER_ROUTE}e" member
CustomLog __ROOT__/logs/member member
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub ask ($route) { $httpd->answer("/app/$route", Cookie => "SID=s.$route") }
sub logged ($route) { (grep { /$route$/ } split /\n/, $httpd->wait_for_log(qr/ $route$/m, 'member'))[0] }

is ask('path'), "path /some/path/x/path $path", 'with a path';
is ask('six'),  "six //x/six $six",             'of IPv6, with a slash';
is ask('unix'), 'unix /base/x/unix socket.test', 'of a socket';
is ask('two'),  'two //x/two localhost',         'of another';
is logged('path'), "/app/path http://$path/some/path path";
is logged('six'),  "/app/six http://$six/ six";
is logged('unix'), '/app/unix http://socket.test/base unix';
is logged('two'),  '/app/two http://localhost/ two';

my $auto  = $httpd->answer('/status?auto');
my @urls  = ("http://$path/some/path", "http://$six/", 'http://socket.test/base', 'http://localhost/');
is_deeply [$auto =~ /^ProxyBalancer\[0\]Worker\[\d\]Name: (.*)$/mg], \@urls, 'server-status?auto: the URLs alone';
my @hosts = $httpd->answer('/status') =~ m{<td>http</td><td>([^<]*)</td>}g;
is "@hosts", '127.0.0.1 ::1 socket.test localhost', 'server-status: the hosts';

my $members = $manager->balancer('cluster')->{members};
my @shown   = (@urls[0, 1], $of_unix, $of_two);
my @of_port = ($path->port, $six->port, 80, 80);
is_deeply [sort keys %$members], [sort @shown], 'the manager: with the sockets';
for my $i (0 .. 3) {
    is join(' ', map { $members->{ $shown[$i] }{$_} } qw(scheme hostname port elected)), "http $hosts[$i] $of_port[$i] 1", "$shown[$i]: as XML";
    is $manager->row($shown[$i])->{Elected}, 1, 'and in the page';
}

is $manager->change(b => 'cluster', b_nwrkr => $of_unix, b_wyes => 1)->status, 400, 'a socket that is there already';
is $manager->change(b => 'cluster', b_nwrkr => "unix:@{[$two->path]}|http://third.test/t", b_wyes => 1)->status, 200, 'one more, at run time';
my $third = "unix:@{[$two->path]}|http://third.test/t";
$manager->change(b => 'cluster', w => $third, w_status_D => 0, w_wr => 'third');
is ask('third'), 'two /t/x/third third.test' for 1 .. 4;

done_testing;
