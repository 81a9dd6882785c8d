use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $request->{head} =~ m{/gone} ? $connection->reply(404, 'their page') : $connection->reply(200, $request->{head});
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(headers status)], config => <<"CONF");
<VirtualHost *:__PORT__>
    <Proxy "balancer://cluster-www-prod">
        BalancerMember "http://$backend" keepalive=on
    </Proxy>
    ProxyPass "/proxy-status" !
    ProxyPass "/" "balancer://cluster-www-prod/"
    ProxyPassReverse "/" "balancer://cluster-www-prod/"
    ProxyPreserveHost On
    ProxyErrorOverride On
    RequestHeader set X-Forwarded-Proto "https"
    <Location "/proxy-status">
        SetHandler server-status
    </Location>
</VirtualHost>
CONF

like $httpd->answer('/x'), qr/^X-Forwarded-Proto: https\r$/m;
my $gone = $httpd->get('/gone');
is $gone->status, 404;
unlike $gone->body, qr/their page/, 'our own error page';
my $count = $backend->requests;
like $httpd->answer('/proxy-status'), qr/Apache Server Status/, 'not proxied';
is scalar($backend->requests), $count;

done_testing;
