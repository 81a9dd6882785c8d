use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_requests);

my $smuggled = "GET /SMUGGLED HTTP/1.1\r\nHost: h\r\n\r\n";
my $chunks   = "3\r\nabc\r\n0\r\n\r\n";

sub post ($fields, $body = $chunks, $version = '1.1') { "POST /CASE HTTP/$version\r\nHost: h\r\n$fields\r\n$body" }

sub refused ($name, $fields, %more) {
    return { name => $name, request => post($fields, "$chunks$smuggled"), status => [400, 501], next => 'closed', %more };
}

my $by_the_core = { status => [400, 500] };

check_requests(
    { name => 'chunked', request => post("Transfer-Encoding: chunked\r\n"), status => 200, body => 'abc', head => qr/^Content-Length: 3\r$/m, next => 'answered' },
    { name => 'in other letters', request => post("transfer-ENCODING: CHUNKED\r\n"), status => 200, body => 'abc', next => 'answered' },
    { name => 'a tab before it', request => post("Transfer-Encoding:\tchunked\r\n"), status => 200, body => 'abc', next => 'answered' },
    { name => 'blanks behind it', request => post("Transfer-Encoding: chunked \t \r\n"), status => 200, body => 'abc', next => 'answered' },
    { name => 'beyond what is read ahead it stays chunked', request => post("Transfer-Encoding: chunked\r\n", "9c40\r\n" . 'x' x 40_000 . "\r\n0\r\n\r\n"), status => 200,
        body => 'x' x 40_000, head => qr/^Transfer-Encoding: chunked\r$/m, unlike => qr/^Content-Length/m, next => 'answered' },
    refused('identity', "Transfer-Encoding: identity\r\n"),
    refused('an unknown coding', "Transfer-Encoding: gzip\r\n"),
    refused('a name that only begins like chunked', "Transfer-Encoding: chunkedx\r\n"),
    refused('a name that only ends like chunked', "Transfer-Encoding: xchunked\r\n"),
    refused('chunked, but not last', "Transfer-Encoding: chunked, identity\r\n"),
    refused('chunked last in a list', "Transfer-Encoding: gzip, chunked\r\n", stock => $by_the_core),
    refused('chunked twice', "Transfer-Encoding: chunked, chunked\r\n", stock => $by_the_core),
    refused('an empty member before it', "Transfer-Encoding: ,chunked\r\n", stock => $by_the_core),
    refused('an empty member behind it', "Transfer-Encoding: chunked,\r\n", stock => $by_the_core),
    refused('in two fields', "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", stock => $by_the_core),
    refused('in two fields, chunked last', "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", stock => $by_the_core),
    refused('in two fields, chunked first', "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
    refused('a parameter', "Transfer-Encoding: chunked;q=1\r\n"),
    refused('in quotes', qq(Transfer-Encoding: "chunked"\r\n)),
    refused('in apostrophes', "Transfer-Encoding: 'chunked'\r\n"),
    refused('empty', "Transfer-Encoding:\r\n"),
    refused('a vertical tab before it', "Transfer-Encoding: \x0bchunked\r\n"),
    refused('a form feed behind it', "Transfer-Encoding: chunked\x0c\r\n"),
    refused('a NUL behind it', "Transfer-Encoding: chunked\0\r\n"),
    refused('a no-break space before it', "Transfer-Encoding: \xa0chunked\r\n"),
    refused('a blank before the colon', "Transfer-Encoding : chunked\r\n"),
    refused('a tab before the colon', "Transfer-Encoding\t: chunked\r\n"),
    refused('a blank before the name, first of all fields', '', request => "POST /CASE HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: h\r\n\r\n$chunks$smuggled"),
    refused('folded to another coding', "Transfer-Encoding: chunked\r\n , identity\r\n"),
    refused('a second coding behind a bare line feed', "X-A: b\nTransfer-Encoding: chunked\r\n"),
    refused('a second coding behind a bare carriage return', "X-A: b\rTransfer-Encoding: chunked\r\n"),
    { name => 'with a blank before the name it is a part of the field before it', request => "POST /CASE HTTP/1.1\r\nHost: h\r\nX-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        status => 200, body => 'abc', head => qr/^X-A: b[ \t]+Transfer-Encoding: chunked\r$/m, next => 'answered' },
    { name => 'a name that only looks like it', request => post("Transfer_Encoding: chunked\r\nContent-Length: 3\r\n", 'abc'), status => 200, body => 'abc', next => 'answered' },
    { name => 'in HTTP/1.0: the client connection is not used again', request => post("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", $chunks, '1.0'),
        status => [200, 400], at_backend => undef, next => 'closed', stock => { status => 200, next => 'answered' } },
    { name => 'with a Content-Length in HTTP/1.0', request => post("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n", "$chunks$smuggled", '1.0'),
        status => [200, 400], at_backend => undef, next => 'closed' },
    { name => 'with GET', request => "GET /CASE HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n$chunks", status => 200, body => 'abc', next => 'answered' },
);

done_testing;
