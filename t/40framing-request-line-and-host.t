use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_requests);

use CxxProxy::Backend;

# Whatever a request line says, only the configuration chooses the backend: nobody may knock here.
my $elsewhere = CxxProxy::Backend->named('EVIL');
my $smuggled  = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";

sub taken   ($name, $line, %more) { { name => $name, request => "$line\r\nHost: h\r\n\r\n", status => 200, next => 'answered', %more } }
sub refused ($name, $line, %more) { { name => $name, request => "$line\r\nHost: h\r\n\r\n$smuggled", status => 400, next => 'closed', %more } }
sub hosts   ($name, $fields, %more) { { name => $name, request => "GET /CASE HTTP/1.1\r\n$fields\r\n", status => 400, %more } }

my @cases = (
    taken('a good one', 'GET /CASE HTTP/1.1', head => qr{^GET /ODD-\d+ HTTP/1.1\r$}m),
    taken('a version to come', 'GET /CASE HTTP/1.7', head => qr{^GET /ODD-\d+ HTTP/1.1\r$}m),
    { name => 'HTTP/1.0', request => "GET /CASE HTTP/1.0\r\n\r\n", status => 200, next => 'closed', head => qr{^GET /ODD-\d+ HTTP/1.1\r$}m },
    { name => 'an empty line before it', request => "\r\nGET /CASE HTTP/1.1\r\nHost: h\r\n\r\n", status => 200, next => 'answered' },
    { name => 'without a version: what goes on has one', request => "GET /CASE\r\n", half_close => 1, raw => qr{^told /ODD-\d+$}, at_backend => 1, head => qr{^GET /ODD-\d+ HTTP/1.1\r$}m },
    { name => 'without a version and with another method', request => "POST /CASE\r\n\r\n", half_close => 1, raw => qr{^HTTP/1.1 400|^<!DOCTYPE.*400}s },
    refused('a tab', "GET\t/CASE HTTP/1.1"),
    refused('two blanks', 'GET  /CASE HTTP/1.1'),
    refused('two blanks before the version', 'GET /CASE  HTTP/1.1'),
    refused('a blank before the method', ' GET /CASE HTTP/1.1'),
    refused('a blank at the end', 'GET /CASE HTTP/1.1 '),
    refused('a blank in the target', 'GET /CASE x HTTP/1.1'),
    refused('a whole request in the target', 'GET /CASE HTTP/1.1 GET /SMUGGLED HTTP/1.1'),
    refused('a bare carriage return', "GET /CASE\r HTTP/1.1"),
    refused('a bare carriage return in the target', "GET /CASE\rx HTTP/1.1"),
    refused('a vertical tab', "GET\x0b/CASE HTTP/1.1"),
    refused('a control character in the target', "GET /CASE\x01 HTTP/1.1"),
    refused('DEL in the target', "GET /CASE\x7f HTTP/1.1"),
    refused('a NUL in the target', "GET /CASE\0 HTTP/1.1"),
    refused('a control character in the method', "GE\x01T /CASE HTTP/1.1"),
    refused('a method with a colon', 'GE:T /CASE HTTP/1.1', status => [400, 501]),
    refused('a version in lower case', 'GET /CASE http/1.1'),
    refused('a version of two digits', 'GET /CASE HTTP/1.10', status => [400, 505]),
    taken("HTTP/2.0 in plain text goes on as HTTP/1.1, if at all", "GET /CASE HTTP/2.0", status => [200, 400, 505], next => undef),
    refused('HTTP/0.9', 'GET /CASE HTTP/0.9', status => [400, 505]),
    refused('another protocol', 'GET /CASE ICAP/1.0'),
    refused('a bare line feed at its end', "GET /CASE HTTP/1.1\nX-A: b"),
    refused('a target that does not begin with a slash', 'GET CASE HTTP/1.1'),
    refused('userinfo as a target', "GET \@$elsewhere/CASE HTTP/1.1"),
    refused('a host as a target', "GET $elsewhere/CASE HTTP/1.1"),
    refused('a port as a target', 'GET :80/CASE HTTP/1.1'),
    refused('an empty target', 'GET  HTTP/1.1'),
    refused('a fragment', 'GET /CASE#x HTTP/1.1', status => [200, 400], next => undef, at_backend => undef, request => "GET /CASE#x HTTP/1.1\r\nHost: h\r\n\r\n"),
    { name => "CONNECT opens no tunnel", request => "CONNECT $elsewhere HTTP/1.1\r\nHost: h\r\n\r\n", status => [200, 400, 403, 405], at_backend => 0 },
    { name => 'CONNECT with a path', request => "CONNECT /CASE HTTP/1.1\r\nHost: h\r\n\r\n", status => [400, 403, 405] },
    taken('OPTIONS * is answered here', 'OPTIONS * HTTP/1.1', at_backend => 0),
    taken('an asterisk with another method', 'GET * HTTP/1.1', status => [400, 404, 403], next => undef),
    taken('our own host in the target', 'GET http://proxy.test/CASE HTTP/1.1'),
    taken('a foreign host in the target is a path here', "GET http://$elsewhere/CASE HTTP/1.1", head => qr{^GET /ODD-\d+ HTTP/1.1\r$}m),
    taken('userinfo in the target', "GET http://a:b\@$elsewhere/CASE HTTP/1.1", status => [200, 400], next => undef),
    taken('https in the target', "GET https://$elsewhere/CASE HTTP/1.1", status => [200, 400, 421, 404], next => undef, at_backend => undef),
    taken('another scheme', "GET ftp://$elsewhere/CASE HTTP/1.1", status => 400, next => undef),
    taken('our own scheme', "GET balancer://x/CASE HTTP/1.1", status => 400, next => undef),
    taken('two slashes and a host', "GET //$elsewhere/CASE HTTP/1.1", head => qr{^GET /127\.0\.0\.1:\d+/ODD}),
    taken('an at sign behind the slash', "GET /\@$elsewhere/CASE HTTP/1.1", at_backend => 1),
    taken('a port behind the slash', 'GET /:80/CASE HTTP/1.1', at_backend => 1),
    hosts('no Host', ''),
    hosts('two Hosts', "Host: h\r\nHost: h\r\n"),
    hosts('two different Hosts', "Host: h\r\nHost: evil\r\n"),
    hosts('an empty Host is no host', "Host:\r\n", status => [200, 400], at_backend => undef),
    hosts('a Host with a blank', "Host: h h\r\n"),
    hosts('a Host with a slash', "Host: h/x\r\n"),
    hosts('a Host with userinfo', "Host: a\@h\r\n"),
    hosts('a Host with a port that is none', "Host: h:port\r\n"),
    hosts('a Host with a control character', "Host: h\x01\r\n"),
    hosts('a Host with markup', "Host: <script>\r\n"),
    hosts('a Host with an unclosed bracket', "Host: [::1\r\n"),
    hosts('a list of Hosts', "Host: h, evil\r\n"),
    hosts('a folded Host', "Host: h\r\n evil\r\n"),
    hosts('a Host with a percent sign', "Host: h%0d%0aX\r\n"),
    hosts('a blank before the colon of Host', "Host : h\r\n"),
);
check_requests(@cases);
is $elsewhere->connection_count, 0, 'nobody knocked elsewhere';

# The host of the target replaces Host, also for the backend.
my @preserved = (
    { name => 'Host goes on', request => "GET /CASE HTTP/1.1\r\nHost: a.test\r\n\r\n", status => 200, head => qr/^Host: a\.test\r$/m },
    { name => 'the host in the target beats Host', request => "GET http://b.test/CASE HTTP/1.1\r\nHost: a.test\r\n\r\n", status => 200, head => qr/^Host: b\.test\r$/m, unlike => qr/a\.test/ },
    { name => 'with its port', request => "GET http://b.test:81/CASE HTTP/1.1\r\nHost: a.test\r\n\r\n", status => 200, head => qr/^Host: b\.test:81\r$/m },
    { name => 'there must be a Host all the same', request => "GET http://b.test/CASE HTTP/1.1\r\n\r\n", status => 400 },
);
check_requests(before => 'ProxyPreserveHost On', @preserved);

done_testing;
