use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $a = CxxProxy::Backend->teller('a');
my $b = CxxProxy::Backend->teller('b');
my $httpd = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf X-Back (.+) BACK=\$1
SetEnvIf X-Dir  (.+) DIR=\$1
ProxyPassInterpolateEnv On
ProxyPass /i/\${DIR} http://\${BACK}/to/\${DIR} interpolate
ProxyPass /j http://\${BACK}/\${DIR} interpolate
ProxyPass /plain     http://$a/\${DIR}
ProxyPassReverse /i  http://\${BACK}/ interpolate
<VirtualHost *:__PORT__>
    ServerName main.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName off.test
    ProxyPassInterpolateEnv Off
</VirtualHost>
CONF

sub maps ($uri, $expected, @headers) { is $httpd->answer($uri, @headers), $expected, "$uri -> $expected" }

maps '/i/x/y', 'a/to/x/y',  'X-Back' => "$a", 'X-Dir' => 'x';
maps '/i/x/y', 'b/to/x/y',  'X-Back' => "$b", 'X-Dir' => 'x';
maps '/i/z',   404,         'X-Back' => "$b", 'X-Dir' => 'x';
maps '/i//y',  'b/to/y',   'X-Back' => "$b";
maps '/j/x',   'b/$%7BDIR%7D/x', 'X-Back' => "$b", 'X-Dir' => '${DIR}';
maps '/plain/x', 'a/$%7BDIR%7D/x', 'X-Dir' => 'x';
maps '/i/x/y', 404, 'X-Back' => "$b", 'X-Dir' => 'x', Host => 'off.test';

done_testing;
