use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo(unix => 1);
my $path    = $backend->path;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /named  unix:$path|http://app.test:81/n
ProxyPass /scheme unix:$path|http:
ProxyPass /slashes unix:$path|http://
ProxyPass /host   unix:$path|http://other.test/h disablereuse=on
<Proxy balancer://cluster>
    BalancerMember unix:$path|http://member.test/
</Proxy>
ProxyPass /balanced balancer://cluster/b
CONF

sub sees ($uri, $line, $host) {
    my $body = $httpd->get($uri)->body;
    my ($first) = $body =~ /^(.*?)\r\n/;
    my ($sent)  = $body =~ /^Host: (.*?)\r$/m;
    is "$first | $sent", "$line | $host", $uri;
}

sees '/named/x',   'GET /n/x HTTP/1.1', 'app.test:81';
sees '/scheme/x',  'GET /x HTTP/1.1',   'localhost';
sees '/slashes/x', 'GET /x HTTP/1.1',   'localhost';
sees '/host/x?q',  'GET /h/x?q HTTP/1.1', 'other.test';
sees '/balanced/x', 'GET //b/x HTTP/1.1', 'member.test';

is $httpd->request(method => 'POST', path => '/named/post', body => 'some body')->body =~ s/.*\r\n\r\n//sr, 'some body';

$backend->go_down;
is $httpd->get('/named/x')->status, 503, 'nobody listens there';
$backend->come_up;
is $httpd->get('/named/x')->status, 200, 'again';

done_testing;
