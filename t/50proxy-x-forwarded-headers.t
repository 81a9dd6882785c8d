use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(remoteip)], config => <<"CONF");
ServerName front.test
ProxyPass / http://$backend/
<Location /off>
    ProxyAddHeaders Off
</Location>
<VirtualHost *:__PORT__>
    ServerName one.test
    ServerAlias alias.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName off.test
    ProxyAddHeaders Off
    <Location /on>
        ProxyAddHeaders On
    </Location>
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName remote.test
    RemoteIPHeader X-Client
    RemoteIPInternalProxy 127.0.0.1
</VirtualHost>
CONF

sub forwarded ($path, @headers) {
    my $body = $httpd->get($path, @headers)->body;
    return join '|', map { $body =~ /^X-Forwarded-$_: (.*?)\r$/m ? $1 : '-' } qw(For Host Server);
}

is forwarded('/', Host => 'one.test'), '127.0.0.1|one.test|one.test';
is forwarded('/', Host => 'alias.test:99'), '127.0.0.1|alias.test:99|one.test', 'the name that was asked for, and the server\'s';
is forwarded('/', Host => 'one.test', 'X-Forwarded-For' => '10.1.1.1, 10.2.2.2', 'X-Forwarded-Host' => 'first.test', 'X-Forwarded-Server' => 's1'),
    '10.1.1.1, 10.2.2.2, 127.0.0.1|first.test, one.test|s1, one.test', 'appended to what a proxy before us wrote';
is forwarded('/', Host => 'one.test', 'X-Forwarded-For' => 'a', 'x-forwarded-for' => 'b'), 'a, b, 127.0.0.1|one.test|one.test', 'two fields become one';
is forwarded('/', Host => 'off.test'), '-|-|-';
is forwarded('/', Host => 'off.test', 'X-Forwarded-For' => 'a'), 'a|-|-', 'off: the client\'s own go through';
is forwarded('/on', Host => 'off.test'), '127.0.0.1|off.test|off.test';
is forwarded('/off', Host => 'one.test'), '-|-|-', 'per directory';
is forwarded('/', Host => 'remote.test', 'X-Client' => '192.0.2.7'), '192.0.2.7|remote.test|remote.test', 'the address that mod_remoteip found';

my $body = $httpd->get('/', Host => 'one.test')->body;
unlike $body, qr/^(?:X-Forwarded-Proto|Forwarded|X-Real-IP):/mi, 'no others';

done_testing;
