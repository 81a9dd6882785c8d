use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /kept/ http://$backend/kept/ addressttl=60
ProxyPass /anew/ http://$backend/anew/ addressttl=0
CONF

sub connections ($path) {
    my $before = $backend->connection_count;
    is $httpd->answer($path), 'x' for 1 .. 3;
    return $backend->connection_count - $before;
}

is connections('/kept/'), 1, 'an address that holds, and its connection with it';
is connections('/anew/'), 3, 'an address for each request, and a connection, too';

done_testing;
