use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');

sub connections ($keys) {
    my $httpd  = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/ $keys");
    my $before = $backend->connection_count;
    is $httpd->get('/')->status, 200 for 1 .. 3;
    return $backend->connection_count - $before;
}

is connections(''),                 1;
is connections('disablereuse=on'),  3;
is connections('disablereuse=off'), 1;
is connections('enablereuse=on'),   1;
is connections('enablereuse=off'),  3;
like $backend->last_request->{head}, qr/^Connection: close\r$/m;

done_testing;
