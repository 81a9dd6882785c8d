use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_requests);

my $smuggled = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";

sub taken   ($name, $field, %more) { { name => $name, request => "GET /CASE HTTP/1.1\r\nHost: h\r\n$field\r\n\r\n", status => 200, next => 'answered', %more } }
sub refused ($name, $field, %more) { { name => $name, request => "GET /CASE HTTP/1.1\r\nHost: h\r\n$field\r\n\r\n$smuggled", status => 400, next => 'closed', %more } }

check_requests(
    taken('a good one', 'X-A: b', head => qr/^X-A: b\r$/m),
    taken('bytes beyond ASCII', "X-A: \xe4\xff\x80", head => qr/^X-A: \xe4\xff\x80\r$/m),
    taken('a tab within a value', "X-A: a\tb", head => qr/^X-A: a\tb\r$/m),
    taken('an empty value', 'X-A:', head => qr/^X-A: ?\r$/m),
    taken('blanks around a value', "X-A: \t b \t", head => qr/^X-A: b\r$/m),
    taken('a name of all signs that a token may have', "!#\$%&'*+-.^_`|~0aZ: b", head => qr/^!#\$%&'\*\+-\.\^_`\|~0aZ: b\r$/m),
    taken('a folded value is one line', "X-A: one\r\n two\r\n\tthree", head => qr/^X-A: one[ \t]+two[ \t]+three\r$/m),
    taken('a fold that looks like a field', "X-A: one\r\n X-Auth: admin", unlike => qr/^X-Auth/m, head => qr/^X-A: one[ \t]+X-Auth: admin\r$/m),
    taken('a value that looks like a request', "X-A: GET /SMUGGLER HTTP/1.1", head => qr/^X-A: GET/m),
    refused('a bare line feed between fields', "X-A: b\nX-Auth: admin"),
    refused('a bare line feed as the end of the head', "X-A: b\r\n\n"),
    refused('a bare carriage return between fields', "X-A: b\rX-Auth: admin"),
    refused('a bare carriage return in a name', "X\r-A: b"),
    refused('two carriage returns at the end of a line', "X-A: b\r"),
    refused('a carriage return as a line', "\rX-A: b"),
    refused('a NUL in a value', "X-A: b\0c"),
    refused('a NUL in a name', "X-\0A: b"),
    refused('a control character in a value', "X-A: b\x01c"),
    refused('a vertical tab in a value', "X-A: b\x0bc"),
    refused('a form feed at the end of a value', "X-A: b\x0c"),
    refused('DEL in a value', "X-A: b\x7fc"),
    refused('an escape in a value', "X-A: \e[31m"),
    refused('a control character in a name', "X-\x01A: b"),
    refused('a blank in a name', 'X A: b'),
    refused('a blank before the colon', 'X-A : b'),
    refused('a tab before the colon', "X-A\t: b"),
    refused('no name', ': b'),
    refused('no colon', 'X-A'),
    refused('a name with brackets', 'X(A): b'),
    refused('a name with a slash', 'X/A: b'),
    refused('a name beyond ASCII', "X-\xe4: b"),
    refused('the first field is a fold', '', request => "GET /CASE HTTP/1.1\r\n X-A: b\r\nHost: h\r\n\r\n$smuggled"),
    refused('longer than a line may be', 'X-A: ' . 'x' x 8300),
    refused('longer than a line may be, folded', 'X-A: ' . join "\r\n ", ('x' x 800) x 12),
    refused('more fields than allowed', join "\r\n", map { "X-$_: b" } 1 .. 101),
    refused('a repeated request line', 'GET /CASE HTTP/1.1'),
    taken('a hundred fields', join("\r\n", map { "X-$_: b" } 1 .. 99), head => qr/^X-99: b\r$/m),
    taken('six hundred KiB would be too much, sixty are not', join("\r\n", map { "X-$_: " . 'b' x 8000 } 1 .. 8), head => qr/^X-8: b+\r$/m),
    { name => 'the client hangs up in the head', request => "GET /CASE HTTP/1.1\r\nHost: h\r\nX-A: b\r\n", half_close => 1, status => [400, 408] },
);

done_testing;
