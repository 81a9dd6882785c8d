use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $loose    = CxxProxy::Backend->named('loose');
my $declared = CxxProxy::Backend->named('declared');
my $member   = CxxProxy::Backend->named('member');
my $httpd    = CxxProxy::Httpd->start(modules => [qw(rewrite)], config => <<"CONF");
RewriteEngine On
RewriteRule ^/loose    http://$loose/ [P]
RewriteRule ^/declared http://$declared/ [P]
RewriteRule ^/cluster/(.*) balancer://cluster/\$1 [P]
ProxyPass /unused http://$declared/
<Proxy balancer://cluster>
    BalancerMember http://$member
</Proxy>
CONF

for my $case ([loose => $loose, 3], [declared => $declared, 1], ['cluster/' => $member, 1]) {
    my ($path, $backend, $connections) = @$case;
    $httpd->get("/$path") for 1 .. 3;
    is $backend->connection_count, $connections, "$path: three requests, connections";
}
is(($member->request_lines)[0], 'GET / HTTP/1.1');

done_testing;
