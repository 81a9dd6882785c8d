use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
LimitRequestBody 1000
LimitRequestFieldSize 500
LimitRequestFields 10
LimitRequestLine 300
ProxyPass / http://$backend/
CONF

# Each as the first and as a later request of a connection.
sub status ($bytes) {
    my @seen;
    for my $warm (0, 1) {
        my $client = $httpd->client;
        $client->request if $warm;
        $client->send($bytes);
        push @seen, $client->read_response->status;
    }
    return join ' ', @seen;
}

is status("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), '200 200';
is status("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" . ('x' x 1001)), '200 200', 'the core does not limit the bodies of proxied requests';
is status("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" . ('x' x 1001) . "\r\n0\r\n\r\n"), '200 200', 'the core does not limit the bodies of proxied requests';
is status("GET / HTTP/1.1\r\nHost: h\r\nX: " . ('x' x 600) . "\r\n\r\n"), '400 400';
is status("GET / HTTP/1.1\r\nHost: h\r\n" . join('', map { "X$_: 1\r\n" } 1 .. 10) . "\r\n"), '400 400';
is status('GET /' . ('x' x 400) . " HTTP/1.1\r\nHost: h\r\n\r\n"), '414 414';
is status("GET / HTTP/1.1\r\n\r\n"), '400 400', 'no Host';
is status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), '400 400', 'two';

done_testing;
