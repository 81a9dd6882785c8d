use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_requests);

my $smuggled = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";
my $next     = "GET /CASE/next HTTP/1.1\r\nHost: h\r\n\r\n";

sub post ($fields, $body = '') { "POST /CASE HTTP/1.1\r\nHost: h\r\n$fields\r\n$body" }

sub taken ($name, $fields, $body, %more) { { name => $name, request => post($fields, $body), status => 200, next => 'answered', %more } }

sub refused ($name, @values) {
    return { name => "a Content-Length that is $name", request => post(join('', map { "Content-Length: $_\r\n" } @values), "abc$smuggled"), status => 400, next => 'closed' };
}

check_requests(
    taken('a good one', "Content-Length: 3\r\n", 'abc', body => 'abc', head => qr/^Content-Length: 3\r$/m),
    taken('zero', "Content-Length: 0\r\n", '', body => '', head => qr/^Content-Length: 0\r$/m),
    taken('a tab and blanks around the number', "Content-Length: \t 3 \t\r\n", 'abc', body => 'abc', head => qr/^Content-Length: 3\r$/m),
    taken('a POST without any', '', '', body => ''),
    { name => 'with GET', request => "GET /CASE HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", status => 200, body => 'abc', next => 'answered' },
    { name => 'with a method that nobody knows', request => "FROB /CASE HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", status => 200, body => 'abc', next => 'answered' },
    { name => 'with HEAD', method => 'HEAD', request => "HEAD /CASE HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", status => 200, body => 'abc', next => 'answered' },
    refused('given twice, differently', 3, 5),
    refused('given twice, the same', 3, 3),
    refused('a list of equal numbers', '3, 3'),
    refused('a list of different numbers', '3, 5'),
    refused('signed with plus', '+3'),
    refused('negative', '-3'),
    refused('minus zero', '-0'),
    refused('two numbers', '3 3'),
    refused('a number and a semicolon', '3;'),
    refused('a number and text', '3abc'),
    refused('hexadecimal', '0x3'),
    refused('a fraction', '3.0'),
    refused('empty', ''),
    refused('only a comma', ','),
    refused('quoted', '"3"'),
    refused('2^63', '9223372036854775808'),
    refused('2^64 + 3', '18446744073709551619'),
    refused('as long as a novel', '3' x 400),
    { name => 'both framings, the length first: the chunks win and nothing else comes', next => 'closed', status => 200, body => 'abc',
        request => post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n$smuggled"), head => qr/^Content-Length: 3\r$/m, unlike => qr/Transfer-Encoding/ },
    { name => 'both framings, the chunks first', next => 'closed', status => 200, body => 'abc',
        request => post("Transfer-Encoding: chunked\r\nContent-Length: 50\r\n", "3\r\nabc\r\n0\r\n\r\n$smuggled"), unlike => qr/Transfer-Encoding|Length: 50/ },
    { name => 'both framings, an empty body', next => 'closed', status => 200, body => '',
        request => post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n$smuggled"), unlike => qr/Transfer-Encoding|Length: 6/ },
    { name => 'both framings, the length bad', next => 'closed', status => [200, 400], at_backend => 0,
        request => post("Content-Length: -1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n$smuggled") },
    { name => 'bytes behind the body are the next request', request => post("Content-Length: 3\r\n", "abc$next"), answers => [200, 200], at_backend => 2, next => 'answered' },
    { name => 'bytes behind an empty body are the next request', request => post("Content-Length: 0\r\n", $next), answers => [200, 200], at_backend => 2, next => 'answered' },
    { name => 'bytes behind a GET are the next request', request => "GET /CASE HTTP/1.1\r\nHost: h\r\n\r\n$next", answers => [200, 200], at_backend => 2, next => 'answered' },
    { name => 'junk behind a body is a request of its own, and a bad one', request => post("Content-Length: 3\r\n", "abcJUNK\r\n\r\n"), answers => [200, 400], at_backend => 1 },
    { name => 'a request in a body is a body', request => post('Content-Length: ' . length($smuggled) . "\r\n", $smuggled), status => 200, body => $smuggled, next => 'answered' },
    { name => 'a short body, and the client hangs up', request => post("Content-Length: 100\r\n", 'abc'), half_close => 1, status => [400, 408] },
    { name => 'no body at all, and the client hangs up', request => post("Content-Length: 100\r\n"), half_close => 1, status => [400, 408] },
    { name => 'a long body that is short, and the client hangs up', request => post("Content-Length: 100000\r\n", 'x' x 50_000), half_close => 1, status => [400, 408, 502],
        at_backend => 1, complete => 0 },
    { name => 'a name that only begins like it', request => post("Content-Length-X: 50\r\nContent-Length: 3\r\n", 'abc'), status => 200, body => 'abc', next => 'answered' },
);

done_testing;
