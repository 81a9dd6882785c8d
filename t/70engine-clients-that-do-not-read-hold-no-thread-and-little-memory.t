use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads grown memory ours_only settled used_client);
use Socket qw(SOL_SOCKET SO_RCVBUF);

ours_only();

# Each answer has bytes of its own, so that a mix-up shows.
my $pieces  = 20;
sub piece ($number, $piece) { sprintf('%7d %7d ', $number, $piece) x 65536 }    # 1 MiB
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($number) = $request->{head} =~ m{/large/(\d+)};
        if (!defined $number) { $connection->reply(200, 'quick'); next }
        my $chunked = $number % 3 == 0;
        $connection->send("HTTP/1.1 200 OK\r\n" . ($chunked ? "Transfer-Encoding: chunked\r\n\r\n" : 'Content-Length: ' . ($pieces << 20) . "\r\n\r\n"));
        for my $n (1 .. $pieces) {
            my $piece = piece($number, $n);
            ($chunked ? $connection->send_chunk($piece) : $connection->send($piece)) or return;
            $connection->note("$number: $n");
        }
        $connection->end_chunks if $chunked;
    }
});
my $httpd   = few_threads(config => "KeepAliveTimeout 60\nProxyPass / http://$backend/");
my $quick   = used_client($httpd);
my ($child) = $httpd->children;

my @clients = map { $_ % 2 ? used_client($httpd, receive_buffer => 8192) : $httpd->client(receive_buffer => 8192) } 1 .. 40;
my $before  = memory($child);
$clients[$_]->send("GET /large/$_ HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. $#clients;
ok $_->can_read(20), 'the answer begins' for @clients;
answers_meanwhile('forty do not read', $httpd, '/quick', 'quick', $quick) for 1 .. 3;

settled(sub { scalar $backend->notes });
cmp_ok scalar($backend->notes), '<', 40 * $pieces, 'the backends are held up';
my $while = memory($child) - $before;
cmp_ok $while, '<', grown(40 * 512), "kB of memory that they need ($while)";
answers_meanwhile('forty are stuck', $httpd, '/quick', 'quick', $quick) for 1 .. 3;

# Some leave; the others read, one after another.
$_->reset for splice @clients, 36;
my @responses = map { CxxProxy::Response->new($_->read_until(qr/\r\n\r\n/)) } @clients;
my (@wrong, $most);
for my $number (0 .. $#clients) {
    setsockopt $clients[$number]->socket, SOL_SOCKET, SO_RCVBUF, 1 << 20;
    my ($got, $n) = ('', 0);
    $clients[$number]->read_body($responses[$number], 'GET', sub ($bytes) {
        $got .= $bytes;
        push @wrong, "$number: $n" if length $got >= 1 << 20 && substr($got, 0, 1 << 20, '') ne piece($number, ++$n);
    });
    push @wrong, "$number: $n pieces" unless $responses[$number]->complete && $n == $pieces && $got eq '';
    my $now = memory($child) - $before;
    $most = $now if $now > ($most // 0);
}
is_deeply \@wrong, [], 'all of them get everything, byte for byte';
cmp_ok $most, '<', grown(40 * 512), "kB of memory meanwhile ($most)";
is $_->request(path => '/after')->body, 'quick', 'and go on' for @clients;

done_testing;
