use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::WatchedMember qw(another_checker until_settled);

plan skip_all => 'stock modules: it takes ten seconds to take over' if is_stock;

# Prefork lets a child end its request before it says anything; all children have one here.
my $member = CxxProxy::WatchedMember->start('member');
my $late   = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request;
    $connection->wait_for_release;
    $connection->reply(200, 'late');
});
my $httpd = CxxProxy::Httpd->start(CxxProxy::WatchedMember->told, mpm => 'prefork', children => 3, stack => ['proxy_hcheck'],
    config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$member @{[$member->keys]}
</Proxy>
ProxyPass /late http://$late/
CONF
$member->wait_for_checks(1);
my @clients = map { $httpd->client } 1 .. 3;
$_->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n") for @clients;
$late->wait_for_requests(3);
my @before = $httpd->children;
$httpd->graceful;
another_checker($httpd, @before);
$member->wait_for_further_checks(3);
is $member->most_at_once, 1, 'one of the new children checks';
$late->release;
is $_->read_response->body, 'late' for @clients;
until_settled($httpd);
done_testing;
