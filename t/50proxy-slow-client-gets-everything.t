use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use Digest::MD5 qw(md5_hex);

my $size    = 3_000_000;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $name = $request->{head} =~ m{/(\w+)} ? $1 : '';
        $connection->reply(200, $name x ($size / length $name));
        $connection->note("sent $name");
    }
});
my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

my @slow  = map { $httpd->client(receive_buffer => 4096) } 1 .. 4;
my @names = qw(aaaaa bbbbb ccccc ddddd);
$slow[$_]->send("GET /$names[$_] HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. 3;
like $_->read_until(qr/\r\n\r\n/), qr/ 200 / for @slow;

# While they dawdle, others are served; then they read in small pieces, by turns.
is $httpd->get('/quick')->body_length, $size, 'others do not wait';
my @bodies = ('') x 4;
for my $turn (1 .. 50) {
    $bodies[$_] .= $slow[$_]->read_some(997) for 0 .. 3;
}
for my $i (0 .. 3) {
    while (length $bodies[$i] < $size) {
        my $bytes = $slow[$i]->read_some(50_000);
        last if $bytes eq '';
        $bodies[$i] .= $bytes;
    }
    is length $bodies[$i], $size;
    is md5_hex($bodies[$i]), md5_hex($names[$i] x ($size / 5)), "$names[$i]: bit for bit";
}

done_testing;
