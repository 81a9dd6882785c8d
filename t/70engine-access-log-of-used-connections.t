use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->pause(0.3) if $path =~ /slow/;
        if ($path =~ /chunked/) {
            $connection->send("HTTP/1.1 200 OK\r\nX-From: b\r\nTransfer-Encoding: chunked\r\n\r\n");
            $connection->send_chunk('c' x 1000) for 1 .. 3;
            $connection->end_chunks;
        }
        elsif ($path =~ /cut/)     { $connection->send("HTTP/1.1 200 OK\r\nX-From: b\r\nContent-Length: 1000\r\n\r\nhalf"); return }
        elsif ($path =~ /endless/) { $connection->send("HTTP/1.1 200 OK\r\nX-From: b\r\n\r\n"); 1 while $connection->send('e' x 65536); return }
        elsif ($path =~ /waits/)   { $connection->wait_for_close; return }
        else { $connection->reply($path =~ m{/(\d\d\d)\z} ? $1 : 200, 'b' x ($path =~ m{/size/(\d+)} ? $1 : 5), 'X-From' => 'b') }
    }
});
my $httpd = few_threads(modules => [qw(auth_basic authn_core authn_file authz_user)],
    files => { 'htdocs/file.txt' => 'a file', users => 'joe:' . crypt('secret', 'ab') . "\n" }, config => <<"CONF");
ProxyPass /file.txt !
ProxyPass / http://$backend/
<Location /auth>
    AuthType Basic
    AuthName x
    AuthUserFile __ROOT__/users
    Require valid-user
</Location>
LogFormat "%m %U%q %>s %s B=%B b=%b k=%k X=%X u=%u h=%h H=%H o=%{X-From}o,%{Content-Length}o i=%{X-Mine}i f=%R I=%I O=%O D=%D S=%S" full
CustomLog "__ROOT__/logs/full" full
CONF
my $lines = 0;
sub logged ($count) { my @lines = $httpd->log_lines('full', $lines + $count); splice @lines, 0, $lines; $lines += $count; @lines }
sub bytes ($line, $headers = '', $body = undef) {
    return "$line HTTP/1.1\r\nHost: h\r\n$headers" . (defined $body ? 'Content-Length: ' . length($body) . "\r\n" : '') . "\r\n" . ($body // '');
}

# One connection, one after another; and then the same once more: what is sent, and its line but for the sizes and the time.
my $proxied = 'h=127.0.0.1 H=HTTP/1.1 o=b';
my @cases = (
    [bytes('GET /one'),                       "GET /one 200 200 B=5 b=5 k=KEPT X=+ u=- $proxied,5 i=- f=proxy-server"],
    [bytes('GET /two?q=1'),                   "GET /two?q=1 200 200 B=5 b=5 k=KEPT X=+ u=- $proxied,5 i=- f=proxy-server"],
    [bytes('HEAD /head'),                     "HEAD /head 200 200 B=0 b=- k=KEPT X=+ u=- $proxied,5 i=- f=proxy-server"],
    [bytes('POST /post', '', 'x' x 20_000),   "POST /post 200 200 B=5 b=5 k=KEPT X=+ u=- $proxied,5 i=- f=proxy-server"],
    [bytes('GET /chunked'),                   "GET /chunked 200 200 B=3000 b=3000 k=KEPT X=+ u=- $proxied,ANY i=- f=proxy-server"],
    [bytes('GET /slow'),                      "GET /slow 200 200 B=5 b=5 k=KEPT X=+ u=- $proxied,5 i=- f=proxy-server"],
    [bytes('GET /404'),                       "GET /404 404 404 B=5 b=5 k=KEPT X=+ u=- $proxied,5 i=- f=proxy-server"],
    [bytes('GET /204'),                       "GET /204 204 204 B=0 b=- k=KEPT X=+ u=- $proxied,- i=- f=proxy-server"],
    [bytes('GET /size/500000'),               "GET /size/500000 200 200 B=500000 b=500000 k=KEPT X=+ u=- $proxied,500000 i=- f=proxy-server"],
    [bytes('GET /file.txt'),                  'GET /file.txt 200 200 B=6 b=6 k=KEPT X=+ u=- h=127.0.0.1 H=HTTP/1.1 o=-,6 i=- f=-'],
    [bytes('GET /after', "X-Mine: yes\r\n"),  "GET /after 200 200 B=5 b=5 k=KEPT X=+ u=- $proxied,5 i=yes f=proxy-server"],
    [bytes('GET /auth', "Authorization: Basic am9lOnNlY3JldA==\r\n"), "GET /auth 200 200 B=5 b=5 k=KEPT X=+ u=joe $proxied,5 i=- f=proxy-server"],
    [bytes('GET /auth'),                      'GET /auth 401 401 B=PAGE b=PAGE k=KEPT X=+ u=- h=127.0.0.1 H=HTTP/1.1 o=-,PAGE i=- f=proxy-server'],
    [bytes('GET /last'),                      "GET /last 200 200 B=5 b=5 k=KEPT X=+ u=- $proxied,5 i=- f=proxy-server"],
);
# The size of an error page of ours, and whether an answer that came at once has a length, do not matter.
sub shown ($line) {
    $line =~ s/k=\d+/k=KEPT/;
    my ($size) = $line =~ / 401 .* B=(\d+)/;
    $line =~ s/=(?:-,)?\K$size\b/PAGE/g if $size;
    return $line =~ /chunked/ ? $line =~ s/(o=b),\S+/$1,ANY/r : $line;
}
my $client = $httpd->client;
my $kept = 0;
for my $case (@cases, @cases) {
    my ($bytes, $expected) = @$case;
    $client->send($bytes);
    my $response = $client->read_response(method => $bytes =~ /^HEAD/ ? 'HEAD' : 'GET');
    my ($line) = logged(1);
    $line =~ s/ I=(\d+) O=(\d+) D=(\d+) S=(\d+)$//;
    my ($in, $out, $time, $sum) = ($1, $2, $3, $4);
    is shown($line), $expected;
    is $line =~ / k=(\d+)/ ? $1 : '-', $kept++, 'k';
    is $in, length $bytes, '%I';
    is $out, length($response->head) + $response->body_length, '%O' unless $bytes =~ /chunked/;
    is $sum, $in + $out, '%S';
    cmp_ok $time, '>=', 300_000, '%D' if $bytes =~ /slow/;
    cmp_ok $time, '<', 60_000_000, '%D';
}
$client->send(bytes('GET /close', "Connection: close\r\n"));
$client->read_response;
like +(logged(1))[0], qr{^GET /close 200 .* k=\d+ X=- };

# All at once: who looks ahead may count a byte twice, but no more.
my @all = @cases[0, 1, 9, 3, 10, 0];
$client = $httpd->client;
$client->send(join '', map { $_->[0] } @all);
$client->read_response for @all;
my @lines = logged(scalar @all);
for my $n (0 .. $#all) {
    is shown($lines[$n] =~ s/ I=.*//r), $all[$n][1], 'pipelined';
    my ($in) = $lines[$n] =~ / I=(\d+)/;
    cmp_ok abs($in - length $all[$n][0]), '<=', 4, '%I' or diag "$lines[$n]: $in";
}

# What ends early has its line, too: one.
my %early = (
    'in an answer'    => [bytes('GET /endless'),                                     sub ($client) { $client->read_some; $client->reset }, qr{^GET /endless 200 200 .* X=X }],
    'in an upload'    => [bytes('POST /post', '', 'x' x 20_000) =~ s/x{9}\z//r,      sub ($client) { $client->reset },                     qr{^POST /post 4\d\d 4\d\d .* X=X }],
    'by the backend'  => [bytes('GET /cut'),                                         sub ($client) { $client->read_response },             qr{^GET /cut 200 200 B=4 b=4 .* X=- }],
    'by an odd line'  => ["BAD\r\n\r\n",                                             sub ($client) { $client->read_all },                  qr{^BAD / 400 400 .* X=- }],
);
for my $name (sort keys %early) {
    my ($bytes, $do, $expected) = @{ $early{$name} };
    for my $used (0, 2) {
        my $client = $used ? used_client($httpd) : $httpd->client;
        logged(2) if $used;
        $client->send($bytes);
        $do->($client);
        like +(logged(1))[0], $expected, "ended $name, " . ($used ? 'later' : 'first');
    }
}
$client = used_client($httpd);
logged(2);
$client->send('GET /half HTTP');
$client->close;
$httpd->get('/end');
is +(logged(1))[0] =~ s/ \d.*//r, 'GET /end', 'half a line of a later request has none';
is scalar(my @rest = split /\n/, $httpd->log_file('full')), $lines, 'and nobody has two';

done_testing;
