use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(comes_later);

comes_later('forward proxying');

my $origin = CxxProxy::Backend->teller;
my $port   = $origin->port;
my $httpd  = CxxProxy::Httpd->start(config => <<"CONF");
ProxyRequests On
ProxyBlock blocked local
ProxyDomain .inner.test
<VirtualHost *:__PORT__>
    ServerName front.test
</VirtualHost>
CONF

sub ask ($target) {
    my $client = $httpd->client;
    $client->send("GET $target HTTP/1.1\r\nHost: x\r\n\r\n");
    return $client->read_response;
}

is ask("http://$origin/x")->body, '/x';
is ask("http://localhost:$port/x")->status, 403, 'a word of the host is blocked';
is ask("http://LOCALHOST:$port/x")->status, 403;
my $redirect = ask("http://wiki:$port/page");
is $redirect->status, 301, 'a name without a domain';
is $redirect->header('Location'), "http://wiki.inner.test:$port/page";

done_testing;
