use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(comes_later);

comes_later('forward proxying');

# CVE-2021-44224: a forward proxy takes no socket from a client, and no URL without a host.
my $backend = CxxProxy::Backend->teller('backend ');
my $socket  = CxxProxy::Backend->named('EVIL', unix => 1);
my $path    = $socket->path;
my $forward = CxxProxy::Httpd->start(threads => 8, config => "ProxyRequests On\n");
for my $url ("unix:$path|http://h/", 'http:///', 'http:/x', 'http://', 'http:', 'http://:80/', 'http://@/', 'http://[::1/', "http://unix:$path|x/", "http://h:unix/", 'http://h:99999/', "unix:$path") {
    my $client = $forward->client;
    $client->send("GET $url HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    my $status = $client->read_response->status;
    like $status, qr/^(?:400|403|404|500|502|503)$/, "forward: $url: $status";
}
is $socket->connection_count, 0, 'the socket was not used';
like $forward->get("http://$backend/good")->body, qr{^backend /good}, 'a good one goes';

done_testing;
