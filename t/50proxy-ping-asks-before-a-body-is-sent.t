use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        if ($head =~ m{/silent}) { $connection->read_some; return }
        $connection->send("HTTP/1.1 100 Continue\r\n\r\n") if $head =~ /^Expect:/m;
        my $body = $connection->read_body($head);
        $connection->reply(200, $body->{length});
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/ ping=1");

is $httpd->request(method => 'POST', body => 'hello')->body, 5;
like $backend->last_request->{head}, qr/^Expect: 100-[Cc]ontinue\r$/m, 'a request with a body asks first';
is scalar(my @interim = $httpd->request(method => 'POST', body => 'hello')->interim), 0, 'the client did not ask, and does not hear of it';
is $httpd->request(method => 'POST', body => 'x' x 50_000, chunked => 1)->body, 50_000;
is $httpd->get('/')->status, 200;
unlike $backend->last_request->{head}, qr/^Expect:/m, 'one without does not';

is $httpd->request(method => 'POST', path => '/silent', body => 'hello')->status, 503, 'nobody says to go on';

done_testing;
