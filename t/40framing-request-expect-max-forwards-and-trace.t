use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_requests answer_with_target);

my $smuggled = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";

sub taken ($name, $line, $fields, %more) { { name => $name, request => "$line HTTP/1.1\r\nHost: h\r\n$fields\r\n", status => 200, next => 'answered', %more } }
sub expecting ($value, $body) { "POST /CASE HTTP/1.1\r\nHost: h\r\nExpect: $value\r\nContent-Length: 3\r\n\r\n$body" }

my $patient = sub ($connection) {
    while (my $head = $connection->read_head) {
        $connection->send("HTTP/1.1 100 Continue\r\n\r\n") if $head =~ /^Expect: 100-continue\r$/mi;
        my $body = $connection->read_body($head);
        answer_with_target($connection, { head => $head, %$body });
    }
};

check_requests(backend => $patient,
    { name => "an expectation that nobody knows", request => expecting('200-maybe', "abc$smuggled"), status => 417 },
    { name => 'two expectations', request => expecting('100-continue, 200-maybe', "abc$smuggled"), status => [200, 417] },
    taken('an expectation without a body', 'GET /CASE', "Expect: 100-continue\r\n", next => undef),
    taken('an expectation with a length of 0', 'POST /CASE', "Expect: 100-continue\r\nContent-Length: 0\r\n", next => undef),
    { name => "an expectation that is met", request => expecting("100-continue", "abc"), status => 200, body => "abc", next => "answered" },
    { name => "in HTTP/1.0: no interim answer for the client", request => "POST /CASE HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", status => 200, body => "abc", next => "closed",
        interim => [] },
    taken('Max-Forwards is counted down', 'GET /CASE', "Max-Forwards: 5\r\n", head => qr/^Max-Forwards: 4\r$/m),
    taken('Max-Forwards: 1', 'GET /CASE', "Max-Forwards: 1\r\n", head => qr/^Max-Forwards: 0\r$/m),
    taken('Max-Forwards: 0 ends here', 'GET /CASE', "Max-Forwards: 0\r\n", status => 400, next => undef),
    taken('OPTIONS with Max-Forwards: 0 is answered here', 'OPTIONS /CASE', "Max-Forwards: 0\r\n", at_backend => 0),
    taken('TRACE with Max-Forwards: 0 is answered here', 'TRACE /CASE', "Max-Forwards: 0\r\n", at_backend => 0),
    taken('Max-Forwards that is no number', 'GET /CASE', "Max-Forwards: many\r\n", status => 400, next => undef),
    taken('Max-Forwards that is negative', 'GET /CASE', "Max-Forwards: -1\r\n", status => 400, next => undef),
    taken('Max-Forwards that is empty', 'GET /CASE', "Max-Forwards:\r\n", status => [200, 400], next => undef),
    taken('Max-Forwards beyond all bounds', 'GET /CASE', "Max-Forwards: 99999999999999999999\r\n", status => [200, 400], next => undef, unlike => qr/^Max-Forwards: -/m),
    taken('Max-Forwards with something behind it', 'GET /CASE', "Max-Forwards: 5x\r\n", status => [200, 400], next => undef, unlike => qr/^Max-Forwards: .*x/m),
    taken('TRACE goes on', 'TRACE /CASE', ''),
    { name => 'TRACE with a body', request => "TRACE /CASE HTTP/1.1\r\nHost: h\r\nContent-Length: " . length($smuggled) . "\r\n\r\n$smuggled", status => 413, next => 'closed',
        stock => { status => 200, next => 'answered' } },
    { name => 'TRACE with chunks', request => "TRACE /CASE HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n$smuggled", status => 413, next => 'closed',
        stock => 'passes it on' },
);
check_requests(before => 'TraceEnable Off',
    taken('TRACE switched off', 'TRACE /CASE', '', status => 405, next => undef),
    taken('TRACE switched off, with Max-Forwards: 0', 'TRACE /CASE', "Max-Forwards: 0\r\n", status => 405, next => undef));

done_testing;
