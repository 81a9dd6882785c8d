use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads ours_only still_there used_client);
use Digest::MD5 qw(md5_hex);

ours_only();

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->reply(200, $path =~ /quick/ ? 'quick' : "$path $request->{length} $request->{md5}");
    }
});
my $httpd = few_threads(config => "ProxyPass / http://$backend/");
my $quick = used_client($httpd);

# Small ones and large ones, with a length and in chunks; the first request of a connection and a later one.
sub chunked ($body, $size) { join('', map { sprintf "%x\r\n%s\r\n", length, $_ } unpack "(a$size)*", $body) . "0\r\n\r\n" }
my @uploads;
for my $number (0 .. 59) {
    my $size   = ($number >> 2) % 2 ? 300_000 + $number : 10 + $number;
    my $body   = substr "upload $number " x (1 + $size / 8), 0, $size;
    my $bytes  = $number & 1
        ? "POST /$number HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" . chunked($body, int($size / 3))
        : "POST /$number HTTP/1.1\r\nHost: h\r\nContent-Length: $size\r\n\r\n$body";
    my $half   = index($bytes, "\r\n\r\n") + 4 + int($size / 2);
    my $client = $number & 2 ? used_client($httpd) : $httpd->client;
    push @uploads, { client => $client, first => substr($bytes, 0, $half), rest => substr($bytes, $half), says => "/$number $size " . md5_hex($body) };
}
sub right ($upload) { my $answer = $upload->{client}->read_response; ($answer ? $answer->body : 'nothing') eq $upload->{says} }

$_->{client}->send($_->{first}) for @uploads;
answers_meanwhile('sixty uploads stall', $httpd, '/quick', 'quick', $quick) for 1 .. 5;
is scalar(grep { still_there($_->{client}) } @uploads), 60, 'they all wait still';

# Some go on, byte by byte some of them; then the rest does. Some take the next request with them.
my @first = splice @uploads, 0, 20;
for my $upload (@first) { $upload->{client}->send(substr $upload->{rest}, 0, length($upload->{rest}) / 2, '') }
for my $upload (@first[0 .. 3]) { $upload->{client}->send_split($upload->{rest}) }
for my $upload (@first[4 .. 19]) { $upload->{client}->send($upload->{rest}) }
is_deeply [map { $_->{says} } grep { !right($_) } @first], [], 'twenty are finished';
answers_meanwhile('forty uploads stall', $httpd, '/quick', 'quick', $quick);

$_->{client}->send("$_->{rest}GET /quick HTTP/1.1\r\nHost: h\r\n\r\n") for @uploads;
is_deeply [map { $_->{says} } grep { !right($_) } @uploads], [], 'and the others';
is scalar(grep { my $answer = $_->{client}->read_response; $answer && $answer->body eq 'quick' } @uploads), 40, 'with the request behind each';
is scalar(grep { my $answer = $_->{client}->request(path => '/quick'); $answer && $answer->body eq 'quick' } @first, @uploads), 60, 'and a last one';

# Who hangs up in the middle takes only his own with him.
my @gone = map { $_ % 2 ? used_client($httpd) : $httpd->client } 1 .. 20;
$_->send("POST /gone HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" . 'x' x 50_000) for @gone;
$_->reset for @gone[0 .. 9];
$_->close for @gone[10 .. 19];
answers_meanwhile('twenty have gone', $httpd, '/quick', 'quick', $quick) for 1 .. 3;
is scalar(grep { $_->{complete} && $_->{head} =~ m{/gone} } $backend->requests), 0, 'none of those looks complete to the backend';

done_testing;
