use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

my $chunks = "2\r\nok\r\n0\r\n\r\n";

sub answer ($fields, $body = $chunks, $version = '1.1') { "HTTP/$version 200 OK\r\n$fields\r\n$body" }

# Only a single, final `chunked` is a transfer coding we know.
sub refused ($name, $value, $stock) {
    return { name => $name, answer => answer("Transfer-Encoding: $value\r\n"), close => 1, status => 502, unlike => qr/ok\r?\n/, kept => 0,
        stock => $stock };
}

# What a reader does that takes an unknown coding for "until the close".
my $until_close = { status => 200, body => $chunks, unlike => undef };
my $decoded     = { status => 200, body => 'ok', unlike => undef };

check_answers(
    { name => 'chunked', answer => answer("Transfer-Encoding: chunked\r\n"), status => 200, body => 'ok', complete => 1, next => 'answered', kept => 1 },
    { name => 'in other letters, with a tab before it', answer => answer("TRANSFER-encoding:\tChunked \r\n"), status => 200, body => 'ok', kept => 1 },
    { name => 'with a Content-Length before it, the chunks win', answer => answer("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        status => 200, body => 'ok', unlike => qr{Content-Length: (?:5|12|0)\r}, kept => 0 },
    { name => 'with a Content-Length behind it, the chunks win', answer => answer("Transfer-Encoding: chunked\r\nContent-Length: 12\r\n"),
        status => 200, body => 'ok', unlike => qr{Content-Length: (?:5|12|0)\r}, kept => 0 },
    { name => 'with a Content-Length of 0', answer => answer("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
        status => 200, body => 'ok', unlike => qr{Content-Length: (?:5|12|0)\r}, kept => 0 },
    { name => 'from an HTTP/1.0 backend, whose connection is not used again',
        answer => answer("Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", $chunks, '1.0'), status => 200, body => 'ok', kept => 0,
        stock => { kept => undef } },
    refused('an unknown coding', 'gzip', $until_close),
    refused('identity', 'identity', $until_close),
    refused('a name that only begins like chunked', 'chunkedx', $until_close),
    refused('a name that only ends like chunked', 'xchunked', $until_close),
    refused('a list that ends in chunked', 'gzip, chunked', $decoded),
    refused('chunked twice', 'chunked, chunked', $decoded),
    refused('chunked in the first place of a list', 'chunked, identity', $until_close),
    refused('an empty member before it', ', chunked', $decoded),
    refused('a parameter', 'chunked;q=1', $until_close),
    refused('in quotes', '"chunked"', $until_close),
    refused('with a vertical tab', "\x0bchunked", $decoded),
    refused('empty', '', $until_close),
    { name => 'chunked in two fields', answer => answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), status => 502, kept => 0, stock => { %$decoded, kept => 1 } },
    { name => 'gzip in one field and chunked in another', close => 1, answer => answer("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), status => 502,
        kept => 0, stock => $until_close },
    { name => 'chunked in one field and identity in another', close => 1, answer => answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        status => 502, kept => 0, stock => $decoded },
    { name => 'an unknown coding and a length: the client is told the truth', answer => answer("Transfer-Encoding: gzip\r\nContent-Length: 2\r\n"), close => 1,
        status => 502, kept => 0, stock => { %$until_close, header => { 'Content-Length' => undef } } },
    { name => 'a transfer coding that Connection lists', answer => answer("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n"), close => 1,
        status => [200, 502], kept => undef },
    { name => 'a name that only begins like it', answer => answer("Transfer-Encoding-X: gzip\r\nContent-Length: 2\r\n", 'ok'), status => 200, body => 'ok', kept => 1 },
    { name => 'a line end after chunked that hides another coding', answer => answer("Transfer-Encoding: chunked\r\n , identity\r\n"), close => 1, status => 502, kept => 0, stock => $until_close },
    { name => 'to an HTTP/1.0 client', request => { version => '1.0' }, answer => answer("Transfer-Encoding: chunked\r\n"), status => 200, body => 'ok',
        header => { 'Transfer-Encoding' => undef }, next => 'closed' },
);

done_testing;
