use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

sub answer ($line) { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n$line\r\nSet-Cookie: secret=EVIL\r\n\r\nok" }

sub taken   ($name, $line, %more) { { name => $name, answer => answer($line), status => 200, body => 'ok', kept => 1, %more } }
sub refused ($name, $line, %more) {
    return { name => $name, answer => answer($line), status => 502, unlike => qr/EVIL/, kept => 0, stock => { status => [500, 502], kept => undef }, %more };
}

my $not_there = { status => 200, unlike => undef, kept => undef };

check_answers(
    taken('a good one', 'X-A: b', header => { 'X-A' => 'b' }),
    taken('bytes beyond ASCII', "X-A: \xe4\xff\x80", header => { 'X-A' => "\xe4\xff\x80" }),
    taken('a tab within a value', "X-A: a\tb", header => { 'X-A' => "a\tb" }),
    taken('no blank behind the colon', 'X-A:b', header => { 'X-A' => 'b' }),
    taken('an empty value', 'X-A:', header => { 'X-A' => '' }),
    taken('a name of all signs that a token may have', "!#\$%&'*+-.^_`|~0aZ: b", header => { "!#\$%&'*+-.^_`|~0aZ" => 'b' }),
    taken('many with one name', "X-A: 1\r\nX-A: 2\r\nx-a: 3", header => { 'X-A' => [1, 2, 3] }),
    taken('a folded value becomes one line', "X-A: one\r\n two\r\n\tthree", like => qr/^X-A: one[ \t]+two[ \t]+three\r$/m),
    taken('a fold of nothing but blanks', "X-A: one\r\n  \r\n two", like => qr/^X-A: one[ \t]+two\r$/m, stock => 'ends the head there'),
    taken('a fold that looks like a field', "X-A: one\r\n Set-Cookie: x=EVIL2", unlike => qr/^Set-Cookie: x=EVIL2/m),
    taken('a fold that looks like a length', "X-A: one\r\n Content-Length: 999"),
    taken('bare line feeds', "X-A: b\nX-B: c", header => { 'X-A' => 'b', 'X-B' => 'c' }),
    refused('a name with a blank', 'X A: b'),
    refused('a blank before the colon', 'X-A : b'),
    refused('a tab before the colon', "X-A\t: b"),
    refused('a blank between Content-Length and its colon', 'Content-Length : 5'),
    refused('a blank between Transfer-Encoding and its colon', 'Transfer-Encoding : chunked'),
    refused('no name', ': b'),
    refused('a name with brackets', 'X(A): b'),
    refused('a name with a slash', 'X/A: b'),
    refused('a name beyond ASCII', "X-\xe4: b"),
    refused('a name with a control character', "X-\x01A: b"),
    refused('a name with DEL', "X-\x7fA: b"),
    refused('no colon', 'X-A b'),
    refused('a NUL in a name', "X-\0A: b"),
    refused('a NUL in a value', "X-A: b\0c"),
    refused('a NUL in a line end', "X-A: b\0"),
    refused('a control character in a value', "X-A: b\x01c"),
    refused('a vertical tab in a value', "X-A: b\x0bc"),
    refused('a form feed at the end of a value', "X-A: b\x0c", stock => $not_there),
    refused('an escape in a value', "X-A: \e[31m"),
    refused('DEL in a value', "X-A: b\x7f"),
    refused('a bare carriage return in a value', "X-A: b\rX-B: c"),
    refused('a bare carriage return at the begin of a value', "X-A: \rX-B: c", stock => { %$not_there, dirty => 1 }),
    refused('two carriage returns at the end of a line', "X-A: b\r", stock => { status => [200, 500, 502], unlike => undef, kept => undef }),
    refused('a carriage return as a line', "\rX-A: b", stock => { status => [200, 500, 502], unlike => undef, kept => undef }),
    refused('the first line is folded', " X-A: b"),
    refused('longer than a line may be', 'X-A: ' . 'x' x 8300),
    refused('longer than a line may be, folded', 'X-A: ' . join "\r\n ", ('x' x 800) x 12),
    refused('a NUL before fields that matter', "X-A: \0\r\nContent-Security-Policy: none"),
    { name => 'the very first field is a fold', answer => "HTTP/1.1 200 OK\r\n X-A: EVIL\r\nContent-Length: 2\r\n\r\nok", close => 1, status => 502, unlike => qr/EVIL/, kept => 0,
        stock => { status => [500, 502] } },
    taken('a hundred fields', join("\r\n", map { "X-$_: b" } 1 .. 98), like => qr/^X-98: b\r$/m),
    refused('more than a hundred fields', join("\r\n", map { "X-$_: b" } 1 .. 99), stock => $not_there),
    refused('a hundred thousand fields', join("\r\n", ('X: b') x 100_000), close => 1, stock => $not_there),
    taken('nearly 64 KiB of fields', join("\r\n", map { "X-$_: " . 'b' x 8000 } 1 .. 8), like => qr/^X-8: b+\r$/m),
    refused('more than 64 KiB of fields', join("\r\n", map { "X-$_: " . 'b' x 8000 } 1 .. 9), close => 1, stock => $not_there),
    refused('a megabyte of folds', 'X-A: b' . "\r\n b" x 300_000, close => 1),
    taken('a Content-Type that is odd', 'Content-Type: <b>;;;"', like => qr/^Content-Type: <b>;;;"\r$/m),
    taken('an empty Content-Type', 'Content-Type:'),
    taken('two Content-Types', "Content-Type: text/plain\r\nContent-Type: text/html", stock => { kept => undef }),
    taken('two dates', "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT", header => { Date => 'Sun, 06 Nov 1994 08:49:37 GMT' }),
    taken('two servers', "Server: one\r\nServer: two", header => { Server => 'one' }),
    taken('a date that is none', 'Date: yesterday', header => { Date => 'yesterday' }),
    taken('no date: one is made', 'X-A: b', like => qr/^Date: \w{3}, \d\d /m),
    { name => 'a Status field', answer => answer('Status: 500 No'), status => 200, body => 'ok' },
);

done_testing;
