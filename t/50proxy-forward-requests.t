use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(comes_later);

comes_later('forward proxying');

my $origin = CxxProxy::Backend->echo;
my $httpd  = CxxProxy::Httpd->start(files => { 'htdocs/own.txt' => 'own' }, config => <<"CONF");
ProxyRequests On
ProxyVia On
<VirtualHost *:__PORT__>
    ServerName front.test:__PORT__
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName off.test
    ProxyRequests Off
</VirtualHost>
CONF

sub ask ($bytes) {
    my $client = $httpd->client;
    $client->send($bytes);
    return $client->read_response;
}

my $response = ask("GET http://$origin/a%20b/../c?q=1 HTTP/1.1\r\nHost: ignored.test\r\nX-Mine: 1\r\nProxy-Connection: keep-alive\r\n\r\n");
is $response->status, 200;
my ($line, @headers) = split /\r\n/, $response->body;
is $line, "GET /a%20b/../c?q=1 HTTP/1.1", 'the path is not touched';
is_deeply \@headers, ["Host: $origin", 'X-Mine: 1', 'Via: 1.1 front.test:' . $origin->port, 'Connection: close'], 'no X-Forwarded headers'
    or diag join '|', @headers;

is ask("POST http://$origin/up HTTP/1.1\r\nHost: $origin\r\nContent-Length: 5\r\n\r\nhello")->body =~ s/.*\r\n\r\n//sr, 'hello';
is ask("GET http://front.test:" . $httpd->port . "/own.txt HTTP/1.1\r\nHost: x\r\n\r\n")->body, 'own', 'a request for ourselves';
is ask("GET /own.txt HTTP/1.1\r\nHost: front.test\r\n\r\n")->body, 'own', 'origin form';
is ask("GET http://$origin/ HTTP/1.1\r\nHost: off.test\r\n\r\n")->status, 200, 'the Host of absolute form does not choose the vhost';
is ask("GET http://no-such-host.invalid/ HTTP/1.1\r\nHost: x\r\n\r\n")->status, 500;
is ask("GET nosuch://$origin/ HTTP/1.1\r\nHost: x\r\n\r\n")->status, 500;
my $closed = CxxProxy::Backend->closed;
is ask("GET http://$closed/ HTTP/1.1\r\nHost: x\r\n\r\n")->status, 503;

done_testing;
