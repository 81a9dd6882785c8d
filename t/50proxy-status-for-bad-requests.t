use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(rewrite)], config => <<"CONF");
ProxyPass /raw http://$backend/ nocanon
ProxyPass /    http://$backend/
CONF

sub status ($line) { $httpd->raw("$line HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") =~ m{^HTTP/1\.1 (\d+)} ? $1 : '-' }

is status('GET /x'), 200;
is status('GET /%zz'), 400;
is status("GET /a?b\x01c"), 400;
is status('OPTIONS *'), 200, 'OPTIONS * is not proxied';
is status('GET nonsense'), 400;
is status('PATCH /x'), 200, 'any method goes';
is status('FROBNICATE /x'), 200;
is status('get /x'), 200;
unlike join("|", $backend->request_lines), qr{OPTIONS};

done_testing;
