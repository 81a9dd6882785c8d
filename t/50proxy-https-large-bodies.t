use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use Digest::MD5 qw(md5_hex);

# Bodies of any size and framing arrive as they are, both ways, and their ends are what they are.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca    = CxxProxy::Authority->new('Test Authority');
my $chunk = join '', map { chr(32 + $_ * $_ % 90) } 1 .. 4096;
my $body  = $chunk x 2500;    # ten million bytes
my %answer = (
    '/sized'    => sub ($c) { $c->reply(200, $body) },
    '/chunked'  => sub ($c) { $c->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); $c->send_chunk($_) for unpack '(a70000)*', $body; $c->end_chunks },
    '/dribbled' => sub ($c) { $c->send_split("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" . substr($body, 0, 300)) },
    '/until'    => sub ($c) { $c->send("HTTP/1.0 200 OK\r\n\r\n$chunk"); $c->socket->close; delete $c->{socket} },
    '/torn'     => sub ($c) { $c->send("HTTP/1.0 200 OK\r\n\r\n$chunk"); $c->socket->close(SSL_no_shutdown => 1, SSL_fast_shutdown => 1); delete $c->{socket} },
    '/short'    => sub ($c) { $c->send("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n$chunk"); $c->socket->close; delete $c->{socket} },
    '/nothing'  => sub ($c) { $c->socket->close; delete $c->{socket} },
);
my $script = sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ ([^ ?]+)/;
        $answer{$path} ? $answer{$path}->($connection) : $connection->reply(200, "$request->{length} $request->{md5}");
        last unless $connection->socket;
    }
};

my %version = (tls12 => { SSL_version => 'TLSv1_2' }, tls13 => {});
my %backend = map { $_ => CxxProxy::Backend->start($script, tls => { %{ $ca->certificate(san => 'DNS:localhost') }, options => $version{$_} }) } keys %version;
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
@{[map { "ProxyPass /$_/ https://localhost:@{[$backend{$_}->port]}/\n" } keys %backend]}
CONF

for my $version (sort keys %version) {
    for my $path (qw(/sized /chunked /sized)) {
        my $response = $httpd->get("/$version$path");
        is $response->status, 200;
        is md5_hex($response->body), md5_hex($body), "$version: $path, ten million bytes down";
    }
    is $httpd->get("/$version/dribbled")->body, substr($body, 0, 300), "$version: each byte a record of its own";
    for my $chunked (0, 1) {
        my $response = $httpd->request(method => 'POST', path => "/$version/up", body => $body, chunked => $chunked);
        is $response->body, length($body) . ' ' . md5_hex($body), "$version: ten million bytes up" . ($chunked ? ', chunked' : '');
    }
    is $httpd->get("/$version$_")->body, $chunk, "$version: $_" for qw(/until /torn);
    my $short = eval { $httpd->get("/$version/short")->body } // '';
    isnt length $short, 5000, "$version: an answer that breaks off looks so";
    is $httpd->answer("/$version/nothing"), 502, "$version: a backend that hangs up instead of answering";
    is $httpd->answer("/$version/dribbled"), substr($body, 0, 300), "$version: and goes on";
}
done_testing;
