use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# ProxyPreserveHost On, ProxyPass / and ProxyPassReverse /: the plainest reverse proxy there is.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($host) = $request->{head} =~ /^Host: (.*?)\r$/m;
        if ($request->{head} =~ m{^\S+ /go}) { $connection->reply(302, '', Location => 'http://127.0.0.1:' . $connection->socket->sockport . '/there') }
        else { $connection->reply(200, "You asked $host for " . (split ' ', $request->{head})[1]) }
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<VirtualHost *:__PORT__>
    ServerName www.example.test
    ProxyPreserveHost On
    ProxyPass / http://$backend/
    ProxyPassReverse / http://$backend/
</VirtualHost>
CONF

is $httpd->answer('/page?x=1', Host => 'www.example.test'), 'You asked www.example.test for /page?x=1';
is $httpd->get('/go', Host => 'www.example.test')->header('Location'), 'http://www.example.test/there';
is $httpd->request(method => 'POST', path => '/form', host => 'www.example.test', body => 'a=1&b=2')->status, 200;
is $backend->last_request->{body}, 'a=1&b=2';

done_testing;
