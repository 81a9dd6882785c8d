use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) { $connection->reply(200, $request->{head}, Via => '1.0 behind') }
});
my $plain = CxxProxy::Backend->echo;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /plain/ http://$plain/
ProxyPass / http://$backend/
<VirtualHost *:__PORT__>
    ServerName default.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName off.test
    ProxyVia Off
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName on.test
    ProxyVia On
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName port.test:8099
    UseCanonicalName On
    ProxyVia On
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName full.test
    ProxyVia Full
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName block.test
    ProxyVia Block
</VirtualHost>
CONF
my $software = qr/\(Apache\/2[^)]*\)/;
my $port = $httpd->port;

# What goes to the backend, and what comes back to the client.
sub via ($host, $path = '/', @headers) {
    my $response = $httpd->get($path, Host => $host, @headers);
    my @sent = $response->body =~ /^Via: (.*?)\r$/mg;
    return join(' & ', @sent) . ' | ' . join(' & ', $response->all('Via'));
}

is via('off.test'),                       ' | 1.0 behind';
is via('default.test', '/', Via => '1.1 before'), '1.1 before | 1.0 behind', 'off is the default, and leaves what is there';
is via('on.test'),                        '1.1 on.test | 1.0 behind & 1.1 on.test';
is via('on.test', '/', Via => '1.1 before'),      '1.1 before, 1.1 on.test | 1.0 behind & 1.1 on.test';
is via('on.test', '/plain/'),             '1.1 on.test | 1.1 on.test';
is via("on.test:$port"),                  "1.1 on.test:$port | 1.0 behind & 1.1 on.test:$port";
is via('port.test'),                      '1.1 port.test:8099 | 1.0 behind & 1.1 port.test:8099';
is via('block.test', '/', Via => '1.1 before'),   ' | 1.0 behind';
like via('full.test', '/', Via => '1.1 before'),  qr/^1\.1 before, 1\.1 full\.test $software \| 1\.0 behind & 1\.1 full\.test $software$/;

like $httpd->raw("GET /plain/ HTTP/1.0\r\nHost: on.test\r\n\r\n"), qr/^Via: 1\.0 on\.test\r$/m, 'the version is the client\'s';

done_testing;
