use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($size) = $request->{head} =~ m{/(\d+) };
        my $name = 'X-Long: ';
        $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n$name" . ('v' x ($size - length $name)) . "\r\n\r\nok");
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /big   http://$backend/big responsefieldsize=20000
ProxyPass /small http://$backend/small responsefieldsize=100
ProxyPass /      http://$backend/
CONF

is $httpd->get("/$_")->status, 200, "$_ bytes" for 100, 8000, 8189;
is $httpd->get("/$_")->status, 502, "$_ bytes" for 8193, 20_000;
is $httpd->get("/big/$_")->status, 200, "$_ of 20000" for 8193, 19_900;
is $httpd->get("/big/$_")->status, 502, "$_ of 20000" for 20_001;
is $httpd->get("/small/$_")->status, 200, "$_ of 100" for 90;
is $httpd->get("/small/$_")->status, 502, "$_ of 100" for 200;

done_testing;
