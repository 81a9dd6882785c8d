use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(
    modules => [qw(include mime filter request)],
    files   => { 'htdocs/page.shtml' => 'x<!--#include virtual="/part" -->y' },
    config  => <<"CONF");
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
<Directory "__ROOT__/htdocs">
    Options +Includes
    KeptBodySize 1024
</Directory>
ProxyPass /part http://$backend
CONF

$httpd->request(method => 'POST', path => '/page.shtml', body => 'hello=1',
    headers => ['Content-Type' => 'application/x-www-form-urlencoded']);
my $seen = $backend->last_request;
like $seen->{head}, qr/^Content-Length: 7\r$/m, 'framed';
is $seen->{body}, 'hello=1', 'and whole';

done_testing;
