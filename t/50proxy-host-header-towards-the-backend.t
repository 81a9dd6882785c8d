use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $v6 = CxxProxy::Backend->echo(host => '::1');
my $socket = CxxProxy::Backend->echo(unix => 1);
my $path = $socket->path;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /v6    http://$v6/
ProxyPass /bare  unix:$path|http://Bare.Test/
ProxyPass /p80   unix:$path|http://p80.test:80/
ProxyPass /p8080 unix:$path|http://p8080.test:8080/
ProxyPass /p443  unix:$path|http://p443.test:443/
CONF

sub host_sent ($path) { ($httpd->get($path)->body =~ /^Host: (.*?)\r$/m)[0] }

is host_sent('/v6/'),    "$v6", 'an IPv6 address in brackets';
is host_sent('/bare/'),  'bare.test';
is host_sent('/p80/'),   'p80.test', 'the default port is left out';
is host_sent('/p8080/'), 'p8080.test:8080';
is host_sent('/p443/'),  'p443.test:443';

done_testing;
