use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads grown memory ours_only settled used_client);
use Digest::MD5;

ours_only();

# Twenty clients send 20 MB each; their backends read the head and then nothing, until they are told to.
my $pieces  = 20;
sub piece ($number, $piece) { sprintf('%7d %7d ', $number, $piece) x 65536 }    # 1 MiB
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $head = $connection->read_head) {
        my ($number) = $head =~ m{/up/(\d+)};
        $connection->wait_for_release('read') if defined $number;
        my $body = $connection->read_body($head);
        $connection->reply(200, defined $number ? "$body->{length} $body->{md5}" : 'quick');
    }
});
my $httpd   = few_threads(config => "KeepAliveTimeout 60\nProxyPass / http://$backend/");
my $quick   = used_client($httpd);
my ($child) = $httpd->children;

my @clients = map { $_ % 2 ? used_client($httpd) : $httpd->client } 1 .. 20;
my $before  = memory($child);
for my $number (0 .. $#clients) {
    my $framing = $number % 3 ? 'Content-Length: ' . ($pieces << 20) : 'Transfer-Encoding: chunked';
    $clients[$number]->send("POST /up/$number HTTP/1.1\r\nHost: h\r\n$framing\r\n\r\n");
}
# Each client's bytes to come, sent as far as they are taken.
my @digest = map { Digest::MD5->new } @clients;
my @next   = (0) x @clients;
my @left   = ('') x @clients;
$_->socket->blocking(0) for @clients;
sub push_on ($number) {
    if ($left[$number] eq '' && $next[$number] < $pieces) {
        my $piece = piece($number, ++$next[$number]);
        $digest[$number]->add($piece);
        $left[$number] = $number % 3 ? $piece : sprintf("%x\r\n%s\r\n", length $piece, $piece) . ($next[$number] == $pieces ? "0\r\n\r\n" : '');
    }
    return 0 if $left[$number] eq '';
    my $sent = syswrite $clients[$number]->socket, $left[$number];
    substr $left[$number], 0, $sent, '' if $sent;
    return $sent // 0;
}
my $taken = 0;
settled(sub { $taken += push_on($_) for 0 .. $#clients; $taken });
cmp_ok $taken, '<', @clients * ($pieces << 20), "the clients are held up (at $taken)";
my $more = memory($child) - $before;
cmp_ok $more, '<', grown(20 * 512), "kB of memory that they need ($more)";
answers_meanwhile('twenty uploads are stuck', $httpd, '/quick', 'quick', $quick) for 1 .. 3;

$backend->release('read');
my $most = 0;
for (my $turn = 0; grep { $next[$_] < $pieces || $left[$_] ne '' } 0 .. $#clients; $turn++) {
    my $moved = 0;
    $moved += push_on($_) for 0 .. $#clients;
    IO::Select->new(map { $_->socket } @clients)->can_write(0.01) unless $moved;
    next if $turn % 50;
    my $now = memory($child) - $before;
    $most = $now if $now > $most;
}
$_->socket->blocking(1) for @clients;
is $clients[$_]->read_response->body, ($pieces << 20) . ' ' . $digest[$_]->hexdigest, 'everything arrived, byte for byte' for 0 .. $#clients;
cmp_ok $most, '<', grown(20 * 512), "kB of memory meanwhile ($most)";
is $_->request(path => '/after')->body, 'quick', 'and they go on' for @clients;

done_testing;
