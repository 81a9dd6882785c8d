use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if    ($request->{head} =~ m{/partial}) { $connection->reply(206, '234', 'Content-Range' => 'bytes 2-4/10') }
        elsif ($request->{head} =~ m{/same})    { $connection->send("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\n\r\n") }
        else { $connection->reply(200, '0123456789', ETag => '"e"', 'Last-Modified' => 'Fri, 20 Nov 2015 10:00:00 GMT') }
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

my $partial = $httpd->get('/partial', Range => 'bytes=2-4');
is $partial->status, 206;
is $partial->body, '234';
is $partial->header('Content-Range'), 'bytes 2-4/10';
like $backend->last_request->{head}, qr/^Range: bytes=2-4\r$/m;

my $whole = $httpd->get('/whole', Range => 'bytes=2-4');
is $whole->status . ' ' . $whole->body, '206 234', 'an answer without a range is cut by the core';

is $httpd->get('/same', 'If-None-Match' => '"e"')->status, 304;
like $backend->last_request->{head}, qr/^If-None-Match: "e"\r$/m;
is $httpd->get('/whole', 'If-None-Match' => '"e"')->status, 200, 'the core does not decide for the backend';

done_testing;
