use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->send("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
        $connection->send("HTTP/1.1 102 Processing\r\n\r\n");
        $connection->send("HTTP/1.1 100 Continue\r\n\r\n") if $request->{head} =~ m{/hundred};
        $connection->reply(200, 'ok');
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf Request_URI ^/suppress proxy-interim-response=Suppress
SetEnvIf Request_URI ^/rfc      proxy-interim-response=RFC
SetEnvIf Request_URI ^/else     proxy-interim-response=else
ProxyPass / http://$backend/
CONF

sub interim ($path) {
    my $response = $httpd->get($path);
    is $response->status, 200, $path;
    is $response->body, 'ok';
    return join ' ', map { $_->status } $response->interim;
}

is interim('/'), '103 102', 'passed on by default';
is interim('/rfc'), '103 102';
is interim('/suppress'), '';
is interim('/else'), '';
is interim('/hundred'), '103 102', '100 only for who asked';
is interim('/rfc/hundred'), '103 102 100';
like $httpd->error_log, qr{AH01108}, 'an unknown value is worth a warning';

my ($hints) = $httpd->get('/')->interim;
is $hints->header('Link'), '</a>; rel=preload';
unlike $httpd->raw("GET / HTTP/1.0\r\n\r\n"), qr/ 10[23] /, 'none to an HTTP/1.0 client';

done_testing;
