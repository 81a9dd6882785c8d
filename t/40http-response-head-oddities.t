use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $request = $connection->read_request or return;
    my ($head) = $request->{head} =~ /^X-Answer: (.*)\r$/m;
    $connection->send($head =~ s/\\r/\r/gr =~ s/\\n/\n/gr =~ s/\\t/\t/gr);
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/ disablereuse=on");

sub answer ($bytes) { $httpd->get('/', 'X-Answer' => $bytes) }

my $bare = answer('HTTP/1.1 200 OK\nContent-Length: 2\nX-A: b\n\nok');
is $bare->status, 200, 'bare line feeds';
is $bare->header('X-A'), 'b';
is $bare->body, 'ok';

is answer('\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')->body, 'ok', 'one empty line before the status line';
is answer('\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')->status, 502, 'two are too many';
is answer('HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok')->body, 'ok', 'no reason phrase';
like answer('HTTP/1.1 200 OK\r\nX-A: one\r\n two\r\n\tthree\r\nContent-Length: 2\r\n\r\nok')->header('X-A'), qr/^one[ \t]+two[ \t]+three$/, 'a folded field';
is answer('HTTP/1.1 200 OK\r\nX-A:b\r\nContent-Length: 2\r\n\r\nok')->header('X-A'), 'b', 'no space after the colon';
is answer('HTTP/1.1 200 OK\r\nX-A:    b   \r\nContent-Length: 2\r\n\r\nok')->header('X-A'), 'b', 'many';
is answer('HTTP/1.1 200 OK\r\nX-A:\r\nContent-Length: 2\r\n\r\nok')->header('X-A'), '', 'an empty value';
is answer('HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok')->status, 502, 'another major version';
is answer('HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok')->status, 200, 'another minor version';
is answer('HTTP/1.1 200 OK\r\n\r\nuntil the end')->body, 'until the end', 'no length: until the close';
is answer('HTTP/1.0 200 OK\r\n\r\nuntil the end')->body, 'until the end';
is answer('HTTP/1.1 299 Own Words\r\nContent-Length: 0\r\n\r\n')->status_line, 'HTTP/1.1 299 Own Words';

done_testing;
