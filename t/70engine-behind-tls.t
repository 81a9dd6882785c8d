use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads still_there);
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        if ($path =~ m{/pieces/(\w+)}) {
            $connection->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for my $n (1 .. 5) { $connection->wait_for_release("$1$n"); $connection->send_chunk("piece $n\n") }
            $connection->end_chunks;
            next;
        }
        $connection->reply(200, $path =~ m{/size/(\d+)} ? join('', map { sprintf '%9d ', $_ } 1 .. $1 / 10) : "$path $request->{length} $request->{md5}");
    }
});
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate);
my $httpd       = few_threads(modules => [qw(ssl socache_shmcb)], ports => ['tls'], files => { 'htdocs/file.txt' => 'a file' }, config => <<"CONF");
SSLSessionCache shmcb:__ROOT__/run/sessions(512000)
ProxyPass /file.txt !
ProxyPass / http://$backend/
$tls_host
CONF
sub said ($path, $body = '') { require Digest::MD5; "$path " . length($body) . ' ' . Digest::MD5::md5_hex($body) }
my $large  = join '', map { sprintf '%9d ', $_ } 1 .. 400_000;
my $upload = 'upload! ' x 300_000;

for my $version (qw(TLSv1_2 TLSv1_3)) {
    my $client = CxxProxy::TlsClient->connect($httpd->port('tls'), tls => { SSL_version => $version });
    is $client->request(path => "/$_")->body, said("/$_"), "$version: request $_" for 1 .. 5;
    ok $client->request(path => '/size/4000000')->body eq $large, 'a large answer';
    is $client->request(method => 'POST', path => '/up', body => $upload)->body, said('/up', $upload), 'a large upload';
    is $client->request(method => 'POST', path => '/up', body => $upload, chunked => 1)->body, said('/up', $upload), 'in chunks';
    is $client->request(path => '/file.txt')->body, 'a file', 'a file in between';
    is $client->request(method => 'HEAD', path => '/head')->status, 200;

    # In records of their own, of one byte some of them; and several requests in one record.
    $client->send_split("GET /split HTTP/1.1\r\nHost: h\r\n\r\n");
    is $client->read_response->body, said('/split'), 'byte by byte';
    my @paths = map { $_ % 3 ? "/p$_" : '/file.txt' } 1 .. 12;
    $client->send(join '', map { "GET $_ HTTP/1.1\r\nHost: h\r\n\r\n" } @paths);
    is $client->read_response->body, /file/ ? 'a file' : said($_), "pipelined: $_" for @paths;
    $client->send("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /next HTTP/1.1\r\nHost: h\r\n\r\nGET /ha");
    is $client->read_response->body, said('/body', 'hello'), 'a body in the same record';
    is $client->read_response->body, said('/next');
    ok still_there($client), 'half a head waits';
    $client->send("lf HTTP/1.1\r\nHost: h\r\n\r\n");
    is $client->read_response->body, said('/half'), 'until the rest comes';

    # More than a record holds, in one write, with the next request behind it.
    my $body = 'b' x 50_000;
    $client->send("POST /wide HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n${body}GET /behind HTTP/1.1\r\nHost: h\r\n\r\n");
    is $client->read_response->body, said('/wide', $body);
    is $client->read_response->body, said('/behind');

    # Piece by piece.
    $client->send("GET /pieces/$version HTTP/1.1\r\nHost: h\r\n\r\n");
    for my $n (1 .. 5) {
        $backend->release("$version$n");
        like $client->read_until(qr/piece $n\n\r\n/), qr/piece $n\n/, "piece $n comes at once";
    }
    $client->read_until(qr/0\r\n\r\n/);
    is $client->request(path => '/then')->body, said('/then');
    is $client->request(path => '/last', headers => [Connection => 'close'])->body, said('/last');
    ok $client->is_closed;
    ok !$client->was_reset, 'and properly';
}

done_testing;
