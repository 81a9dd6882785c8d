use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
<VirtualHost *:__PORT__>
    ServerName off.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName on.test
    AllowEncodedSlashes On
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName nodecode.test
    AllowEncodedSlashes NoDecode
</VirtualHost>
CONF

sub maps ($host, $uri, $expected) { is $httpd->answer($uri, Host => $host), $expected, "$host: $uri -> $expected" }

maps 'off.test',      '/a%2Fb', 404;
maps 'on.test',       '/a%2Fb', '/a/b';
maps 'nodecode.test', '/a%2Fb', '/a%2Fb';
maps 'nodecode.test', '/a%2fb', '/a%2fb';

done_testing;
