use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $closed  = CxxProxy::Backend->closed;
my $silent  = CxxProxy::Backend->start(sub ($connection) { $connection->read_request });
my $httpd   = CxxProxy::Httpd->start(modules => [qw(headers)], files => { 'htdocs/sorry.txt' => 'sorry' }, config => <<"CONF");
ProxyPass /sorry.txt !
ProxyPass /silent http://$silent/
ProxyPass / http://$closed/
ErrorDocument 503 /sorry.txt
ErrorDocument 502 "bad gateway, sorry"
Header always set X-Always 1
Header set X-Success 1
CONF

for (1 .. 2) {
    my $down = $httpd->get('/x');
    is $down->status, 503;
    is $down->body, 'sorry';
    is $down->header('X-Always'), 1;
    my $bad = $httpd->get('/silent');
    is $bad->status, 502;
    is $bad->body, 'bad gateway, sorry';
    is $bad->header('X-Success'), undef;
}

done_testing;
