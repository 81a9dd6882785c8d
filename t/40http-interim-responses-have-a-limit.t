use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($count) = $request->{head} =~ m{/(\d+) };
        $connection->send("HTTP/1.1 103 Early Hints\r\nX-N: $_\r\n\r\n") for 1 .. $count;
        $connection->reply(200, 'ok');
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

is $httpd->get('/9')->status, 200, 'nine';
is scalar($httpd->get('/9')->interim), 9;
is $httpd->get("/$_")->status, 502, "$_ are too many" for 10, 11, 50;
is $httpd->get('/1')->status, 200;

done_testing;
