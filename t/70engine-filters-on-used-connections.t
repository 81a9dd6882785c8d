use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Compress::Zlib;
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);

# DEFLATE and SUBSTITUTE on proxied output, on kept connections: small, large, pipelined, and piece by piece.
my $page    = join '', map { "line $_ of a page that compresses well, or not: " . crypt($_, 'ab') . "\n" } 1 .. 20_000;
my $small   = substr $page, 0, 100;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        if ($path =~ m{/events/(\w+)}) {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n");
            for my $n (1 .. 5) { $connection->wait_for_release("$1$n"); $connection->send_chunk("event $n\n") }
            $connection->end_chunks;
        }
        elsif ($path =~ m{/chunks}) {
            $connection->send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n");
            $connection->send_chunk($_) for unpack '(a7777)*', $page;
            $connection->end_chunks;
        }
        elsif ($path =~ m{/inflate}) { $connection->reply(200, Compress::Zlib::memGzip($page), 'Content-Type' => 'text/html', 'Content-Encoding' => 'gzip') }
        else                         { $connection->reply(200, $path =~ /large/ ? $page : $small, 'Content-Type' => 'text/html') }
    }
});
my $httpd = few_threads(modules => [qw(deflate filter substitute)], config => <<"CONF");
ProxyPass / http://$backend/
AddOutputFilterByType DEFLATE text/html
<Location /inflate>
    SetOutputFilter INFLATE;SUBSTITUTE
    Substitute "s/well/best/n"
</Location>
<Location /changed>
    AddOutputFilterByType SUBSTITUTE;DEFLATE text/html
    Substitute "s/well/best/n"
</Location>
CONF
my @zip = ('Accept-Encoding' => 'gzip');
sub unpacked ($response) {
    return 'nothing' unless $response;
    return ($response->header('Content-Encoding') // '') eq 'gzip' ? Compress::Zlib::memGunzip($response->body) // 'broken' : $response->body;
}
sub same ($got, $expected, $what) { ok $got eq $expected, $what or diag substr($got, 0, 200) . '… of ' . length $got }

my $client = $httpd->client;
for my $turn (1 .. 3) {
    my $response = $client->request(path => '/small', headers => \@zip);
    is $response->header('Content-Encoding'), 'gzip';
    same(unpacked($response), $small, "turn $turn: small");
    $response = $client->request(path => '/large', headers => \@zip);
    same(unpacked($response), $page, 'large');
    cmp_ok $response->body_length, '<', length($page) / 2;
    same(unpacked($client->request(path => '/chunks', headers => \@zip)), $page, 'in chunks');
    same(unpacked($client->request(path => '/large')), $page, 'plain');
    same(unpacked($client->request(path => '/changed/large', headers => \@zip)), $page =~ s/well/best/gr, 'changed');
    same(unpacked($client->request(path => '/inflate')), $page =~ s/well/best/gr, 'inflated and changed');
    is $client->request(method => 'HEAD', path => '/small', headers => \@zip)->status, 200;
}
my @paths = map { ("/small/$_", "/large/$_", "/changed/small/$_") } 1 .. 5;
$client->send(join '', map { "GET $_ HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n" } @paths);
for my $path (@paths) {
    my $expected = $path =~ /large/ ? $page : $small;
    $expected =~ s/well/best/g if $path =~ /changed/;
    same(unpacked($client->read_response), $expected, "pipelined: $path");
}

# Each piece is seen before the next is sent.
for my $name (qw(first later again)) {
    $client = $name eq 'first' ? $httpd->client : used_client($httpd) unless $name eq 'again';
    $client->send("GET /events/$name HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
    like $client->read_until(qr/\r\n\r\n/), qr/Content-Encoding: gzip/;
    my ($inflate) = inflateInit(-WindowBits => 31);
    my $plain = '';
    my $next  = sub () {
        my ($size) = $client->read_until(qr/\r\n/) =~ /^([0-9a-f]+)/i or return 0;
        my $chunk = '';
        $client->read_exactly(hex $size, sub ($bytes) { $chunk .= $bytes });
        $client->read_until(qr/\r\n/);
        my ($output) = $inflate->inflate($chunk);
        $plain .= $output // '';
        return hex $size;
    };
    for my $n (1 .. 5) {
        $backend->release("$name$n");
        until ($plain =~ /event $n\n/) { $next->() or last }
        like $plain, qr/event $n\n/, "event $n, $name";
    }
    1 while $next->();
    is $plain, join('', map { "event $_\n" } 1 .. 5), 'and the end';
}
same(unpacked($client->request(path => '/small', headers => \@zip)), $small, 'then the next request');

done_testing;
