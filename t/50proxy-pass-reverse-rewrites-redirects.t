use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# The backend answers with the header that the query asks for.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($name, $value) = $request->{head} =~ m{^GET \S*?\?(.*?)=(\S*) };
        $connection->reply(302, '', $name, $value);
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass        /app http://$backend/inner
ProxyPassReverse /app http://$backend/inner
ProxyPassReverse /sl/ http://second.test/deep/
ProxyPassReverse /path /only/path
ProxyPass        /loc http://$backend/x
<Location /loc>
    ProxyPassReverse http://location.test
</Location>
<VirtualHost *:__PORT__>
    ServerName any.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName canonical.test:8080
    UseCanonicalName On
    ProxyPassReverse /v http://vhost.test
</VirtualHost>
CONF
my $port = $httpd->port;

sub turns ($value, $expected, %option) {
    my $name = $option{name} // 'Location';
    my $response = $httpd->get(($option{path} // '/app') . "?$name=$value", Host => $option{host} // 'any.test');
    is $response->header($name), $expected, "$name: $value";
}

turns "http://$backend/inner/x?y=1", 'http://any.test/app/x?y=1';
turns "http://$backend/inner",       'http://any.test/app';
turns "http://$backend/innermost",   'http://any.test/appmost';
turns "HTTP://$backend/INNER/x",     'http://any.test/app/x';
turns "http://$backend/other",       "http://$backend/other";
turns 'http://elsewhere.test/inner', 'http://elsewhere.test/inner';
turns '/inner/x',                    '/inner/x';
turns 'http://second.test/deep/x',   'http://any.test/sl/x';
turns 'http://second.test/deep',     'http://second.test/deep';
turns 'http://any.test/only/path/x', 'http://any.test/path/x';
turns "http://any.test:$port/only/path/x", 'http://any.test/path/x';
turns 'http://other.test/only/path/x', 'http://any.test/path/x';
turns "http://$backend/inner/x", "http://any.test:$port/app/x", host => "any.test:$port";

turns "http://$backend/inner/x", 'http://any.test/app/x', name => $_ for qw(Content-Location URI Destination location);
turns "http://$backend/inner/x", "http://$backend/inner/x", name => $_ for qw(Refresh X-Location Link);

turns 'http://location.test/x', 'http://any.test/loc/x', path => '/loc';
turns 'http://location.test/x', 'http://location.test/x';
turns 'http://location.testing/x', 'http://any.test/locing/x', path => '/loc';  # a prefix of bytes
turns 'http://vhost.test/x', 'http://canonical.test:8080/v/x', host => 'canonical.test';
turns 'http://vhost.test/x', 'http://vhost.test/x';
turns "http://$backend/inner/x", 'http://canonical.test:8080/app/x', host => 'canonical.test';

done_testing;
