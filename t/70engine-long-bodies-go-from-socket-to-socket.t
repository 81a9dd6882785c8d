use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads ours_only settled used_client);
use CxxProxy::Wait qw(await);

ours_only('a body passes through the memory of the process there');

# Bytes that nowhere repeat within 16 MiB, so that nothing can be lost, doubled or moved unseen.
sub pattern ($size) { substr join('', map { sprintf '%15d ', $_ } 1 .. 1 + $size / 16), 0, $size }

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($how, $size) = $request->{head} =~ m{/(\w+)/(\d+)};
        if    (!$size)          { $connection->reply(200, 'quick') }
        elsif ($how eq 'whole') { $connection->reply(200, pattern($size)) }
        elsif ($how eq 'text')  { $connection->reply(200, pattern($size), 'Content-Type' => 'text/plain') }
        elsif ($how eq 'head')  { $connection->send("HTTP/1.1 200 OK\r\nContent-Length: $size\r\n\r\n") }
        else                    { $connection->send("HTTP/1.1 200 OK\r\nContent-Length: @{[2 * $size]}\r\n\r\n" . pattern($size)); return }
    }
});
my $httpd = few_threads(modules => [qw(deflate filter)], config => <<"CONF");
KeepAliveTimeout 60
AddOutputFilterByType DEFLATE text/plain
ProxyPass / http://$backend/
LogFormat "%U %B %O" sizes
CustomLog "__ROOT__/logs/sizes" sizes
CONF
my ($child) = $httpd->children;
sub pipes { scalar grep { (readlink // '') =~ /^pipe:/ } glob "/proc/$child/fd/*" }
my $client = used_client($httpd);
my $before = pipes();    # of a child that is up

# The whole body on this connection, which goes on afterwards.
sub whole ($what, $client, $path, $size, @more) {
    my $response = $client->request(path => $path, @more);
    ok $response->complete && $response->body eq pattern($size), "$what: $size bytes, each in its place";
    is $client->request(path => '/after')->body, 'quick', 'and the connection goes on';
    return $response;
}
whole('around the least that is spliced', $client, "/whole/$_", $_) for map { $_ - 1, $_, $_ + 1 } 1 << 18, (1 << 18) + (1 << 16), 1 << 20;
whole('a long one', $client, '/whole/16000000', 16_000_000);
cmp_ok pipes(), '>', $before, 'through a pipe';

my ($line) = grep { m{^/whole/16000000 } } $httpd->log_lines('sizes', 20);
my (undef, $body, $sent) = split ' ', $line;
is $body, 16_000_000, 'its size in the log';
cmp_ok $sent - $body, '>', 0,    'and what was sent, with the head';
cmp_ok $sent - $body, '<', 1000, 'and nothing else';

my $slow = used_client($httpd, receive_buffer => 8192);
whole('a client that reads slowly', $slow, '/whole/8000000', 8_000_000);

$client->send("GET /whole/3000000 HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
ok $client->read_response->body eq pattern(3_000_000), 'the first of two requests that came together';
is $client->read_response->body, 'quick', 'and the second';

my $head = $client->request(method => 'HEAD', path => '/head/9000000');
is $head->header('Content-Length'), 9_000_000, 'a HEAD has the length';
is $client->request(path => '/after')->body, 'quick', 'and no body';

# A filter that reads it gets it as it is.
my $packed = $client->request(path => '/text/2000000', headers => ['Accept-Encoding', 'gzip']);
is $packed->header('Content-Encoding'), 'gzip', 'a filter that compresses';
require IO::Uncompress::Gunzip;
IO::Uncompress::Gunzip::gunzip(\$packed->body, \my $unpacked);
ok $unpacked eq pattern(2_000_000), 'has compressed each byte';
whole('text that is not compressed', $client, '/text/2000000', 2_000_000);

# A backend that breaks off: the client has what came, and learns that it is not all.
my $cut = $client->request(path => '/cut/3000000');
ok !$cut->complete, 'broken off is not complete';
ok $cut->body eq pattern(3_000_000), 'all that came has arrived';
ok $client->is_closed, 'and the connection is closed';

# Many who do not read: more than there are pipes. Then half of them leave, and half read.
my @stuck = map { used_client($httpd, receive_buffer => 8192) } 1 .. 40;
$_->send("GET /whole/9000000 HTTP/1.1\r\nHost: h\r\n\r\n") for @stuck;
ok $_->can_read(20), 'the answer begins' for @stuck;
my $most = settled(\&pipes);
cmp_ok $most - $before, '<=', 2 * 16, "descriptors of pipes have a bound (@{[$most - $before]})";
is used_client($httpd)->request(path => '/quick')->body, 'quick', 'others are served meanwhile';
$_->reset for splice @stuck, 20;
is scalar(grep { $_->read_response->body ne pattern(9_000_000) } @stuck), 0, 'who reads gets everything';
is $_->request(path => '/after')->body, 'quick', 'and goes on' for @stuck;
whole('after all that', used_client($httpd), '/whole/5000000', 5_000_000);
await('pipes that are left', sub { pipes() <= $most });

done_testing;
