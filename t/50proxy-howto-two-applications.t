use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $app = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $port = $connection->socket->sockport;
        if ($request->{head} =~ m{/login}) { $connection->reply(302, '', Location => "http://127.0.0.1:$port/app/welcome") }
        else { $connection->reply(200, 'app' . (split ' ', $request->{head})[1]) }
    }
});
my $web   = CxxProxy::Backend->teller('web');
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<IfModule mod_proxy.c>
    ProxyRequests Off
    ProxyPreserveHost On
    <Proxy *>
        Require all granted
    </Proxy>
    <IfModule mod_proxy_http.c>
        ProxyPass        /app http://$app/app
        ProxyPassReverse /app http://$app/app
        ProxyPass        /    http://$web/
        ProxyPassReverse /    http://$web/
    </IfModule>
</IfModule>
<IfModule proxy_balancer_module>
    ProxyPass /never !
</IfModule>
CONF

is $httpd->answer('/app/page.html'), 'app/app/page.html';
is $httpd->answer('/application'),   'web/application';
is $httpd->answer('/'),              'web/';
is $httpd->get('/app/login')->header('Location'), 'http://proxy.test/app/welcome', 'no redirect shows the inner address';

done_testing;
