use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

my $rest = "Content-Length: 2\r\nX-Of-Backend: 1\r\n\r\nok";

sub taken   ($name, $line, %more) { { name => $name, answer => "$line\r\n$rest", status => 200, body => 'ok', kept => 1, %more } }
sub refused ($name, $line, %more) { { name => $name, answer => "$line\r\n$rest", close => 1, status => 502, unlike => qr/X-Of-Backend|ok$/, kept => 0, %more } }

# There, what does not look like a status line is the beginning of a body.
my $old = { status => 200, unlike => undef, next => undef };

check_answers(
    taken('a good one', 'HTTP/1.1 200 OK'),
    taken('without a reason', 'HTTP/1.1 200'),
    taken('without a reason, with a blank', 'HTTP/1.1 200 '),
    taken('a reason with bytes beyond ASCII', "HTTP/1.1 200 Fran\xe7ais", like => qr/^HTTP\/1.1 200 Fran\xe7ais\r\n/),
    taken('another minor version', 'HTTP/1.2 200 OK'),
    taken('an empty line before it', "\r\nHTTP/1.1 200 OK"),
    taken('a bare line feed at its end', "HTTP/1.1 200 OK\nX-A: b"),
    taken('a tab in the reason', "HTTP/1.1 200 O\tK", like => qr/^HTTP\/1.1 200 (?:O\tK|OK)\r\n/),
    taken('a control character in the reason: the standard phrase', "HTTP/1.1 200 Bad\x0bEVIL", like => qr/^HTTP\/1.1 200 OK\r\n/, unlike => qr/EVIL/),
    taken('a bare carriage return in the reason', "HTTP/1.1 200 Bad\rEVIL: 1", like => qr/^HTTP\/1.1 200 OK\r\n/, unlike => qr/EVIL/),
    taken('DEL in the reason', "HTTP/1.1 200 Bad\x7fEVIL", like => qr/^HTTP\/1.1 200 OK\r\n/, unlike => qr/EVIL/),
    taken('markup in the reason', 'HTTP/1.1 200 <b>', like => qr/^HTTP\/1.1 200 <b>\r\n/),
    refused('another protocol', 'SSH-2.0-OpenSSH', stock => $old),
    refused('lower case', 'http/1.1 200 OK', stock => $old),
    refused('two digits', 'HTTP/1.1 20 OK', stock => $old),
    refused('no space behind the version', 'HTTP/1.1200 OK', stock => $old),
    refused('a tab behind the version', "HTTP/1.1\t200 OK", stock => $old),
    refused('two spaces behind the version', 'HTTP/1.1  200 OK', stock => $old),
    refused('no minor version', 'HTTP/1 200 OK', stock => $old),
    refused('a minor version of two digits', 'HTTP/1.10 200 OK', stock => $old),
    refused('a blank before it', ' HTTP/1.1 200 OK', stock => $old),
    refused('no version', 'HTTP 200 OK', stock => $old),
    refused('only a status', '200 OK', stock => $old),
    refused('only a version', 'HTTP/1.1', stock => $old),
    refused('a field instead of it', 'Content-Type: text/plain', stock => $old),
    refused('a minus', 'HTTP/1.1 -20 OK', stock => $old),
    refused('letters', 'HTTP/1.1 2OO OK', stock => $old),
    refused('HTTP/0.9', 'HTTP/0.9 200 OK'),
    refused('HTTP/2.0', 'HTTP/2.0 200 OK'),
    refused('HTTP/9.9', 'HTTP/9.9 200 OK'),
    refused('a tab behind the status', "HTTP/1.1 200\tOK", stock => $old),
    refused('four digits', 'HTTP/1.1 2000 OK', stock => $old),
    refused('a reason glued to the status', 'HTTP/1.1 200OK', stock => $old),
    refused('a carriage return behind the status', "HTTP/1.1 200\rOK", stock => { %$old }),
    refused('a status below 100', 'HTTP/1.1 099 OK', stock => { status => undef, unlike => undef, kept => undef }),
    refused('000', 'HTTP/1.1 000 OK', stock => 'what follows is not stable there'),
    refused('600', 'HTTP/1.1 600 OK', stock => { status => 600, unlike => undef, kept => undef }),
    refused('999', 'HTTP/1.1 999 OK', stock => { status => 999, unlike => undef, kept => undef }),
    refused('a NUL', "HTTP/1.1 200 O\0K"),
    refused('a NUL before the status', "HTTP/1.1\0200 OK", stock => { status => [200, 502], unlike => undef }),
    refused('two empty lines before it', "\r\n\r\nHTTP/1.1 200 OK"),
    refused('longer than a line may be', 'HTTP/1.1 200 ' . 'x' x 9000),
    refused('folded', "HTTP/1.1 200 OK\r\n EVIL"),
    { name => 'nothing', answer => '', close => 1, status => 502, kept => 0 },
    { name => 'one byte of it', answer => 'H', close => 1, status => 502, kept => 0, stock => { status => [200, 502] } },
    { name => 'no line end', answer => 'HTTP/1.1 200 OK', close => 1, status => 502, kept => 0, stock => { status => [200, 502] } },
    { name => 'the head does not end', answer => "HTTP/1.1 200 OK\r\nX-A: b\r\n", close => 1, status => 502, kept => 0, stock => { status => [200, 502] } },
    { name => 'a TLS alert', answer => "\x15\x03\x03\x00\x02\x02\x28", close => 1, status => 502, kept => 0, stock => { status => [200, 502] } },
    { name => 'another status line among the fields is left out', answer => "HTTP/1.1 200 OK\r\nHTTP/1.1 302 Found\r\n$rest", status => 200, body => 'ok', unlike => qr/302/ },
);

done_testing;
