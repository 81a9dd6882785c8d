use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
<VirtualHost *:__PORT__>
    ServerName off.test
    <Location /on>
        ProxyPreserveHost On
    </Location>
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName on.test
    ServerAlias *
    ProxyPreserveHost On
    <Location /off>
        ProxyPreserveHost Off
    </Location>
</VirtualHost>
CONF

sub host_sent ($path, @headers) { ($httpd->get($path, @headers)->body =~ /^Host: (.*?)\r$/m)[0] }

is host_sent('/', Host => 'off.test'),             "$backend";
is host_sent('/', Host => 'on.test'),              'on.test';
is host_sent('/', Host => 'Any.Test:8080'),        'Any.Test:8080', 'byte for byte';
is host_sent('/on', Host => 'off.test'),           'off.test', 'per directory';
is host_sent('/off', Host => 'on.test'),           "$backend";

is $httpd->raw("GET http://absolute.test/ HTTP/1.1\r\nHost: x.test\r\nConnection: close\r\n\r\n") =~ /^Host: (.*?)\r$/m ? $1 : '',
    'absolute.test', 'the host of an absolute-form target';
is $httpd->raw("GET / HTTP/1.0\r\n\r\n") =~ /^Host: (.*?)\r$/m ? $1 : '', "$backend", 'HTTP/1.0 without Host, in the first vhost';

done_testing;
