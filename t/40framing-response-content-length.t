use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

sub answer ($fields, $body = 'ok') { "HTTP/1.1 200 OK\r\n$fields\r\n$body" }

sub refused ($name, $value) {
    return { name => "a Content-Length that is $name", answer => answer("Content-Length: $value\r\n"), status => 502, unlike => qr/ok$/, kept => 0 };
}

check_answers(
    { name => 'a good one', answer => answer("Content-Length: 2\r\n"), status => 200, body => 'ok', next => 'answered', kept => 1 },
    { name => 'blanks and a tab around the number', answer => answer("Content-Length:\t 2 \t\r\n"), status => 200, body => 'ok', kept => 1 },
    { name => 'leading zeros', answer => answer("Content-Length: 0000000000000000000002\r\n"), status => 200, body => 'ok' },
    { name => 'the same length twice', answer => answer("Content-Length: 2\r\nContent-Length: 2\r\n"), status => 200, body => 'ok',
        header => { 'Content-Length' => 2 } },
    { name => 'two different lengths, the smaller first', answer => answer("Content-Length: 2\r\nContent-Length: 9\r\n"), status => 502, kept => 0,
        stock => { status => 200, body => 'ok', kept => undef } },
    { name => 'two different lengths, the larger first', answer => answer("Content-Length: 9\r\nContent-Length: 2\r\n", 'ok, ok ok'), status => 502, kept => 0,
        stock => { status => 200, body => 'ok, ok ok', kept => undef } },
    { name => 'two lengths that are equal numbers written differently', answer => answer("Content-Length: 2\r\nContent-Length: 02\r\n"),
        status => [200, 502] },
    refused('a list of equal numbers', '2, 2'),
    refused('a list of different numbers', '2, 5'),
    refused('signed with plus', '+2'),
    refused('negative', '-1'),
    refused('minus zero', '-0'),
    refused('hexadecimal', '0x2'),
    refused('a hex digit', 'a'),
    refused('two numbers', '2 2'),
    refused('a number and a semicolon', '2;'),
    refused('a number and text', '2a'),
    refused('a fraction', '2.0'),
    refused('empty', ''),
    refused('only a comma', ','),
    refused('2^63', '9223372036854775808'),
    refused('2^64', '18446744073709551616'),
    refused('2^64 + 2', '18446744073709551618'),
    refused('as long as a novel', '2' x 400),
    refused('quoted', '"2"'),
    { name => 'the length is longer than the body, and the backend hangs up', answer => answer("Content-Length: 100\r\n"), close => 1,
        status => 200, body => 'ok', complete => 0, next => 'closed', kept => 0 },
    { name => 'the same when the length is nearly 2^63', answer => answer("Content-Length: 9223372036854775807\r\n"), close => 1,
        status => 200, body => 'ok', complete => 0, next => 'closed', kept => 0 },
    { name => 'no length, and the backend hangs up', answer => answer(''), close => 1, status => 200, body => 'ok', complete => 1, kept => 0 },
    { name => 'a field whose name only begins like it', answer => answer("Content-Length-X: 1\r\nContent-Length: 2\r\n"), status => 200, body => 'ok', kept => 1 },
    { name => 'a name in other letters', answer => answer("cONTENT-lENGTH: 2\r\n"), status => 200, body => 'ok', kept => 1 },
    { name => 'a folded value', answer => answer("Content-Length:\r\n 2\r\n"), status => [200, 502] },
    { name => 'a length that Connection lists', answer => answer("Connection: Content-Length\r\nContent-Length: 2\r\n"), close => 1, status => 200, body => 'ok' },
);

done_testing;
