use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $silent = CxxProxy::Backend->start(sub ($connection) {
    my $request = $connection->read_request;
    $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") if $request->{head} =~ m{/body};
    $connection->read_some;
    $connection->note('gone');
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
Timeout 60
ProxyTimeout 1
ProxyPass /server http://$silent/
ProxyPass /worker http://$silent/worker timeout=1
CONF

is $httpd->get('/server/x')->status, 502, 'ProxyTimeout';
is $httpd->get('/worker/x')->status, 502, 'timeout=';
my $cut = $httpd->get('/server/body');
is $cut->status, 200, 'in the middle of a body';
ok !$cut->complete, 'the client sees that it is cut';
is $cut->body, 'half';
$silent->wait_for_close(3);
is scalar($silent->notes), 3, 'the backend connections were closed each time';

done_testing;
