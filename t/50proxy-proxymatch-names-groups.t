use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
ProxyPass / http://$backend/
<ProxyMatch "^http://[^/]+/(?<tenant>[^/]+)/(\\w+)">
    RequestHeader set X-Tenant "%{MATCH_TENANT}e"
    Header set X-Tenant "%{MATCH_TENANT}e"
    Header set X-One "%{MATCH_1}e"
</ProxyMatch>
CONF

my $response = $httpd->get('/acme/shop');
is $response->header('X-Tenant'), 'acme';
is $response->header('X-One'), '(null)', 'numbered groups are not exported';
like $backend->last_request->{head}, qr/^X-Tenant: acme\r$/m;
is $httpd->get('/')->header('X-Tenant'), undef;

done_testing;
