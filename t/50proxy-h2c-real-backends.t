use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::RealBackend;
use CxxProxy::Wait qw(wait_for);
use Digest::MD5;

# Bodies of every size, both ways, between a client of HTTP/1.1 and other people's HTTP/2.
my @sizes = (0, 1, 65_535, 65_536, 1 << 20);
my $huge  = 100 << 20;
my $files = CxxProxy::RealBackend->files(map { $_ => $_ } @sizes, $huge);
my %sum   = map { $_ => CxxProxy::RealBackend->sum_of_file("$files/$_") } @sizes, $huge;
my @backends = map { CxxProxy::RealBackend->start($_, $files) } CxxProxy::RealBackend->available;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_http2'], config => join "\n", 'ProxyTimeout 60',
    map { "ProxyPass /@{[$_->kind]} h2c://$_" } @backends);

sub get ($client, $path) {
    my $md5    = Digest::MD5->new;
    my $answer = $client->request(path => $path, sink => sub ($bytes) { $md5->add($bytes) });
    return join ' ', ($answer->status eq '200' ? () : $answer->status), $answer->body_length, $md5->hexdigest;
}

sub upload ($client, $backend, $size, $chunked) {
    my ($method, $path) = ($backend->upload_method, '/' . $backend->kind . $backend->upload_path);
    $client->send("$method $path HTTP/1.1\r\nHost: proxy.test\r\n" . ($chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: $size\r\n\r\n"));
    for (my $left = $size; $left > 0; $left -= 1 << 20) {
        my $bytes = CxxProxy::RealBackend->block($left < 1 << 20 ? $left : 1 << 20);
        $client->send($chunked ? sprintf("%x\r\n", length $bytes) . "$bytes\r\n" : $bytes) or last;
    }
    $client->send("0\r\n\r\n") if $chunked;
    return $backend->sum_of($client->read_response // return 'no answer');
}

for my $backend (@backends) {
    my $kind   = $backend->kind;
    my $client = $httpd->client;
    my @all    = (@sizes, $huge);
    is get($client, "/$kind/files/$_"), $sum{$_}, "$kind: $_ bytes down" for @all;
    is upload($client, $backend, $_, 0), $sum{$_}, "$kind: $_ bytes up" for @all;
    is upload($client, $backend, $_, 1), $sum{$_}, "$kind: $_ bytes up in chunks" for @sizes;
    is $httpd->get("/$kind/files/none")->status, 404, "$kind: and a page that is not there";
    my $answer = $client->request(method => 'HEAD', path => "/$kind/files/65536");
    is $answer->status . ' ' . ($answer->header('Content-Length') // '-'), '200 65536', "$kind: HEAD";
    is get($client, "/$kind/files/1"), $sum{1}, 'and the next one';
}
for my $backend (grep { $_->kind =~ /apache|nginx/ } @backends) {
    wait_for(sub { $backend->log =~ m{ HEAD .*\n.* GET }s });
    unlike $backend->log, qr{^HTTP/1}m, $backend->kind . ': all over HTTP/2';
}
done_testing;
