use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# The same broken answer three times, and three policies.
my $backend = CxxProxy::Backend->answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Good: 1\r\nthis is no header\r\nX-Late: 1\r\n\r\nbody", then => 'close');
my $stray   = CxxProxy::Backend->answering("HTTP/1.1 200 OK\r\nHTTP/1.0 200 OK\r\nContent-Length: 4\r\nX-Good: 1\r\n\r\nbody", then => 'close');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /stray http://$stray/ disablereuse=on
ProxyPass /      http://$backend/ disablereuse=on
<VirtualHost *:__PORT__>
    ServerName default.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName error.test
    ProxyBadHeader IsError
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName ignore.test
    ProxyBadHeader Ignore
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName body.test
    ProxyBadHeader StartBody
</VirtualHost>
CONF

for my $host (qw(default.test error.test)) {
    my $response = $httpd->get('/', Host => $host);
    is $response->status, 502, "$host: 502";
}
like $httpd->error_log, qr/AH01106/;

my $ignored = $httpd->get('/', Host => 'ignore.test');
is $ignored->status, 200, 'Ignore: the line is dropped';
is $ignored->header('X-Good'), 1;
is $ignored->header('X-Late'), 1;
is $ignored->body, 'body';

my $body = $httpd->get('/', Host => 'body.test');
is $body->status, 200;
is $body->header('X-Good'), 1;
is $body->header('X-Late'), undef;
is $body->body, per_stack(stock => 'X-La', ours => 'this'), 'StartBody: the body begins with the line, or behind it';

is $httpd->get('/stray', Host => 'error.test')->status, 200, 'a second status line is always dropped';

done_testing;
