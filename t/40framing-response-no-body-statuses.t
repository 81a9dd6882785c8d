use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

# HEAD, 204 and 304 have no body, whatever their fields say, and 205 should have none.
my $length = "Content-Length: 4\r\n";
my $chunks = "Transfer-Encoding: chunked\r\n";

sub answer ($status, $fields, $body) { "HTTP/1.1 $status X\r\n$fields\r\n$body" }

sub bare ($name, $status, $fields, $body, %more) {
    return { name => $name, answer => answer($status, $fields, $body), status => $status, body => '', next => 'answered',
        header => { 'Content-Length' => undef, 'Transfer-Encoding' => undef }, %more };
}
sub head ($name, $fields, $body, %more) {
    return { name => $name, request => { method => 'HEAD' }, answer => answer(200, $fields, $body), status => 200, body => '', next => 'answered',
        framed_twice => 1, %more };
}

check_answers(
    bare('204', 204, '', '', kept => 1),
    bare('204 with a length and its body', 204, $length, 'EVIL', kept => 0),
    bare('204 with a length and no body', 204, $length, ''),
    bare('204 with chunks', 204, $chunks, "4\r\nEVIL\r\n0\r\n\r\n", kept => 0),
    bare('204 with a body that looks like an answer', 204, '', "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL", kept => 0),
    bare('204 with a length of 0', 204, "Content-Length: 0\r\n", ''),
    bare('304', 304, '', '', kept => 1),
    bare('304 with the length that a 200 would have', 304, $length, '', header => {}),
    bare('304 with a length and its body', 304, $length, 'EVIL', kept => 0, header => {}),
    bare('304 with chunks', 304, $chunks, "4\r\nEVIL\r\n0\r\n\r\n", kept => 0),
    bare('304 with a body that looks like an answer', 304, '', "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL", kept => 0),
    bare('204 and later a body', 204, '', '', late => 'EVIL', kept => 0),
    bare('304 and later an answer', 304, '', '', late => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL", kept => 0),
    { name => '205 with a body', answer => answer(205, $length, 'body'), status => 205, next => 'answered' },
    { name => '205 without a length', answer => answer(205, "Connection: close\r\n", ''), close => 1, status => 205, body => '' },
    { name => '205 with a length of 0', answer => answer(205, "Content-Length: 0\r\n", ''), status => 205, body => '', next => 'answered', kept => 1 },
    head('HEAD', '', '', kept => 1),
    head('HEAD with the length of the GET', $length, '', header => { 'Content-Length' => 4 }, kept => 1),
    head('HEAD with a huge length', "Content-Length: 9223372036854775807\r\n", '', header => { 'Content-Length' => '9223372036854775807' }),
    head('HEAD with a length and its body', $length, 'EVIL', kept => 0),
    head('HEAD with chunks that a GET would have', $chunks, ''),
    head('HEAD with chunks that are there', $chunks, "4\r\nEVIL\r\n0\r\n\r\n", kept => 0),
    head('HEAD with a length and later its body', $length, '', late => 'EVIL', kept => 0),
    head('HEAD with a body that looks like an answer', $length, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL", kept => 0),
    head('HEAD, and the backend hangs up', '', '', close => 1, kept => 0),
    { name => 'HEAD with a bad length', request => { method => 'HEAD' }, answer => answer(200, "Content-Length: -1\r\n", ''), close => 1, status => 502, kept => 0, stock => { status => 200 } },
    { name => 'HEAD with two lengths', request => { method => 'HEAD' }, answer => answer(200, "Content-Length: 1\r\nContent-Length: 2\r\n", ''), close => 1, status => 502, kept => 0,
        stock => { status => 200, framed_twice => 1 } },
    { name => 'HEAD with both framings', request => { method => 'HEAD' }, answer => answer(200, "$length$chunks", ''), status => 200, body => '', kept => 0,
        next => 'answered' },
    head('HEAD with 103 before it', '', '', answer => "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n$length\r\n"),
);

done_testing;
