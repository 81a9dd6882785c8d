use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($first, $second) = map { CxxProxy::Backend->named('x') } 1 .. 2;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /a/deep http://$first/deep disablereuse=on
ProxyPass /a      http://$first/
ProxyPass /b      http://$second/
ProxyPass /b/deep http://$second/deep disablereuse=on
CONF

sub connections ($backend, $path) {
    my $before = $backend->connection_count;
    is $httpd->get($path)->status, 200 for 1 .. 3;
    return $backend->connection_count - $before;
}

is connections($first, '/a/deep'), 3, 'the longer one first: each has its own keys';
is connections($first, '/a'), 1;
is connections($second, '/b'), 1, 'the shorter one first';
is connections($second, '/b/deep'), 0, 'the longer one shares it, its keys do not count';
like $httpd->error_log, qr{Ignoring parameter 'disablereuse=on' for worker}, 'the start tells';

done_testing;
