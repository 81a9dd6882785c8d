use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# A provider's guide: two applications told apart by the path, then a balancer with sessions and the manager for one address.
# (Its modules, and byrequests, which Debian has in a file of its own.)
sub server ($name) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            my $path = (split ' ', $request->{head})[1];
            my $own  = 'http://127.0.0.1:' . $connection->socket->sockport;
            $path =~ s{/login$}{} ? $connection->reply(302, '', Location => "$own$path/welcome") : $connection->reply(200, "$name $path");
        }
    });
}
my ($app, $web, $one, $two) = map { server($_) } qw(app web one two);
my @common = split /(?<=\n)/, <<'CONF';
ProxyRequests Off
ProxyPreserveHost On
<Proxy *>
    Require all granted
</Proxy>
CONF
my $httpd = CxxProxy::Httpd->start(
    CxxProxy::Example->enabled(qw(proxy proxy_http proxy_balancer proxy_wstunnel ssl lbmethod_byrequests)), config => <<"CONF");
<VirtualHost *:__PORT__>
    @common
    ProxyPass /app http://$app/app
    ProxyPassReverse /app http://$app/app
    ProxyPass / http://$web/
    ProxyPassReverse / http://$web/
</VirtualHost>
CONF
is $httpd->answer('/app/page.html'), 'app /app/page.html', 'one application';
is $httpd->answer('/page.html'), 'web /page.html', 'the other';
sub redirect ($path) { $httpd->get($path)->header('Location') =~ s/:@{[$httpd->port]}//r }
is redirect('/app/login'), 'http://proxy.test/app/welcome', 'redirects show no inner address';
is redirect('/login'), 'http://proxy.test/welcome';
is $httpd->request(path => "http://$one/", host => "$one")->body, 'web /', 'nobody else is asked for anybody';

$httpd->restart(<<"CONF");
<VirtualHost *:__PORT__>
    @common
    <Proxy balancer://mycluster>
        BalancerMember http://$one route=1 loadfactor=10
        BalancerMember http://$two route=2 loadfactor=10
        ProxySet lbmethod=byrequests stickysession=JSESSIONID nofailover=Off
    </Proxy>
    <Location /balancer-manager>
        SetHandler balancer-manager
        Require ip 127.0.0.9
    </Location>
    ProxyPass /balancer-manager !
    ProxyPass / balancer://mycluster/
    ProxyPassReverse / balancer://mycluster/
</VirtualHost>
CONF
sub four (@headers) { join ' ', map { $httpd->answer('/', @headers) =~ s/ .*//r } 1 .. 4 }
is four(), 'one two one two', 'equal weights';
is four(Cookie => "JSESSIONID=x.$_->[0]"), join(' ', ($_->[1]) x 4), "a session of route $_->[0]" for [1, 'one'], [2, 'two'];
is redirect('/login'), 'http://proxy.test/welcome', 'redirects of either' for 1 .. 2;

is $httpd->get('/balancer-manager')->status, 403, 'the manager is for one address';
my $page = $httpd->client(from => '127.0.0.9')->request(path => '/balancer-manager');
is $page->status, 200;
like $page->body, qr/\Q$_\E/, 'it shows the members' for "http://$one", "http://$two";
like $page->body, qr/JSESSIONID/;
$two->go_down;
is four(Cookie => 'JSESSIONID=x.2'), 'one one one one', 'nofailover=Off: another one takes the session over';

done_testing;
