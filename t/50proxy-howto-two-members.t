use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($first, $second) = map { CxxProxy::Backend->named($_) } 'Hello world!', 'Howdy world!';
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<VirtualHost *:__PORT__>
    <Proxy balancer://mycluster>
        BalancerMember http://$first
        BalancerMember http://$second
    </Proxy>
    ProxyPreserveHost On
    ProxyPass / balancer://mycluster/
    ProxyPassReverse / balancer://mycluster/
</VirtualHost>
CONF

is join(' ', map { $httpd->answer('/') } 1 .. 4), 'Hello world! Howdy world! Hello world! Howdy world!', 'in turn';
like $first->last_request->{head}, qr{^GET / HTTP/1\.1\r\nHost: proxy\.test\r\n};

done_testing;
