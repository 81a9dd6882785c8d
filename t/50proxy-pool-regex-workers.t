use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($host_ref, $path_ref, $reuse, $forced) = map { CxxProxy::Backend->named('x') } 1 .. 4;
my ($host_port, $forced_port) = map { $_->port } $host_ref, $forced;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPassMatch ^/path/(.*)              http://$path_ref/path/\$1
ProxyPassMatch ^/reuse/(.*)             http://$reuse/reuse/\$1 enablereuse=on
ProxyPassMatch ^/host/([^/]+)/(.*)      http://\$1:$host_port/\$2
ProxyPassMatch ^/forced/([^/]+)/(.*)    http://\$1:$forced_port/forced/\$2 enablereuse=on
CONF

sub connections ($backend, $path) {
    is $httpd->get($path)->status, 200 for 1 .. 3;
    return $backend->connection_count;
}

is connections($host_ref, '/host/127.0.0.1/longer'), 3, 'a back-reference in the host: never reused';
is connections($path_ref, '/path/longer'),           3, 'in the path: not reused';
is connections($reuse, '/reuse/longer'),             1, 'unless asked for';
is connections($forced, '/forced/127.0.0.1/longer'), 3, 'which is of no use for the host';

done_testing;
