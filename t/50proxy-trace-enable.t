use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
<VirtualHost *:__PORT__>
    ServerName on.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName off.test
    TraceEnable off
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName extended.test
    TraceEnable extended
</VirtualHost>
CONF

sub trace ($host, @more) { $httpd->request(method => 'TRACE', headers => [Host => $host], @more) }

my $response = trace('on.test');
is $response->status, 200, 'TRACE goes to the backend';
like $response->body, qr/^TRACE/;
is trace('off.test')->status, 405;
is trace('on.test', body => 'x')->status, per_stack(stock => 200, ours => 413), 'a body needs TraceEnable extended';
is trace('extended.test', body => 'x')->status, 200;

done_testing;
