use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $closed = CxxProxy::Backend->closed;
my $httpd  = CxxProxy::Httpd->start(modules => [qw(rewrite)], config => <<"CONF");
ProxyTimeout 2
ProxyPass /refused   http://$closed/
ProxyPass /name      http://no-such-host.invalid/
ProxyPass /scheme    nosuch://localhost/
ProxyPass /unix      unix:__ROOT__/run/nobody.sock|http://localhost/
ProxyPass /empty     balancer://empty/
ProxyPass /disabled  balancer://disabled/
ProxyPass /unknown   balancer://unknown/
<Proxy balancer://empty>
</Proxy>
<Proxy balancer://disabled>
    BalancerMember http://$closed status=+D
</Proxy>
RewriteEngine On
RewriteRule ^/nobalancer balancer://nobalancer/ [P]
CONF

sub gives ($path, $status) {
    my $response = $httpd->get($path);
    is $response->status, $status, "$path: $status";
    return $response;
}

like gives('/refused', 503)->status_line, qr/ 503 Service Unavailable$/;
unlike gives('/refused', 503)->body, qr/Reason:/;
gives '/unix',       503;
gives '/empty',      503;
gives '/disabled',   503;
gives '/unknown',    503;
gives '/name',       500;
gives '/scheme',     500;
gives '/nobalancer', 500;
my $name = gives '/name', 500;
is $name->reason, 'Proxy Error';
like $name->body, qr{Reason: <strong>DNS lookup failure for: no-such-host\.invalid</strong>};
like $httpd->error_log, qr/\b$_: /, "logged as $_" for qw(AH00957 AH01114 AH01144 AH01170);

done_testing;
