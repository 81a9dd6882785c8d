use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(comes_later);

comes_later('forward proxying');

my $remote = CxxProxy::Backend->teller('remote ');
my $other  = CxxProxy::Backend->teller('other ');
my $origin = CxxProxy::Backend->teller('origin ');
my $httpd  = CxxProxy::Httpd->start(config => <<"CONF");
ProxyRequests On
ProxyRemote http://first.test/   http://$remote
ProxyRemoteMatch [.]gif\$        http://$other user:secret
ProxyRemote http://$origin/remote http://$remote
ProxyRemote http                 http://$other
NoProxy 127.0.0.1
ProxyPass /reverse               http://first.test/base
<VirtualHost *:__PORT__>
    ServerName front.test
</VirtualHost>
CONF

sub ask ($target) {
    my $client = $httpd->client;
    $client->send("GET $target HTTP/1.1\r\nHost: x\r\n\r\n");
    return $client->read_response->body;
}

is ask('http://first.test/x'), 'remote http://first.test/x', 'by prefix';
is ask('http://FIRST.test/x'), 'remote http://first.test/x', 'whatever the case';
is ask('http://second.test/a.gif'), 'other http://second.test/a.gif', 'by pattern';
like $other->last_request->{head}, qr/^Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r$/m, 'with credentials';
is ask('http://third.test/x'), 'other http://third.test/x', 'by scheme';
unlike $other->last_request->{head}, qr/^Proxy-Authorization/m;
is ask("http://$origin/remote"), 'origin /remote', 'NoProxy: directly';
is ask('/reverse/x'), 'remote http://first.test/base/x', 'in reverse mode, too';

done_testing;
