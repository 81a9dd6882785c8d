use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ServerName front.test
ProxyPass / http://$backend/
CONF

sub bytes_for ($request) {
    my $client = $httpd->client;
    $client->send($request);
    is $client->read_response(method => $request =~ /^HEAD/ ? 'HEAD' : 'GET')->status, 200;
    return $backend->last_request->{head} . $backend->last_request->{raw_body};
}

is bytes_for("GET /a?b HTTP/1.1\r\nX-One: 1\r\nHost: Client.Test:81\r\nX-Two:   spaced  \r\naccept: */*\r\nX-One: again\r\n\r\n"),
    "GET /a?b HTTP/1.1\r\nHost: $backend\r\nX-One: 1, again\r\nX-Two: spaced\r\naccept: */*\r\n"
    . "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: Client.Test:81\r\nX-Forwarded-Server: front.test\r\n"
    . "Connection: Keep-Alive\r\n\r\n", 'GET';

is bytes_for("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Type: text/plain\r\nX-Last: 1\r\n\r\nhello"),
    "POST /p HTTP/1.1\r\nHost: $backend\r\nContent-Type: text/plain\r\nX-Last: 1\r\n"
    . "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: h\r\nX-Forwarded-Server: front.test\r\n"
    . "Content-Length: 5\r\nConnection: Keep-Alive\r\n\r\nhello", 'POST with a length';

is bytes_for("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    "POST /p HTTP/1.1\r\nHost: $backend\r\n"
    . "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: h\r\nX-Forwarded-Server: front.test\r\n"
    . "Content-Length: 5\r\nConnection: Keep-Alive\r\n\r\nhello", 'a short chunked body gets a length';

is bytes_for("GET / HTTP/1.0\r\n\r\n"),
    "GET / HTTP/1.1\r\nHost: $backend\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Server: front.test\r\n"
    . "Connection: Keep-Alive\r\n\r\n", 'HTTP/1.0 without a Host';

is bytes_for("GET http://other.test/abs HTTP/1.1\r\nHost: h\r\n\r\n"),
    "GET /abs HTTP/1.1\r\nHost: $backend\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: other.test\r\nX-Forwarded-Server: front.test\r\n"
    . "Connection: Keep-Alive\r\n\r\n", 'absolute form: its host is the Host';

is bytes_for("GET / HTTP/1.1\r\nHost: h\r\nCookie: a=1\r\nCookie: b=2\r\nAccept: x\r\nAccept: y\r\n\r\n"),
    "GET / HTTP/1.1\r\nHost: $backend\r\nCookie: a=1, b=2\r\nAccept: x, y\r\n"
    . "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: h\r\nX-Forwarded-Server: front.test\r\n"
    . "Connection: Keep-Alive\r\n\r\n", 'repeated fields are one to the server core, thus to the backend';

is bytes_for("HEAD / HTTP/1.1\r\nHost: h\r\nX-Empty:\r\n\r\n") =~ s/X-Forw.*//sr, "HEAD / HTTP/1.1\r\nHost: $backend\r\nX-Empty: \r\n", 'HEAD, an empty field';

done_testing;
