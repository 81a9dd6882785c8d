use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(in_processes);
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::RealBackend;
use CxxProxy::Stack qw(is_ours is_stock);
use CxxProxy::Wait qw(await);

# Other people's servers that end connections in the middle of things: after a number of requests, at a restart, with an
# answer before its time, or all of a sudden. No request is lost that need not be.
plan skip_all => $_ for grep { defined } CxxProxy::RealBackend->missing(qw(apache nginx)), CxxProxy::Http2Client->missing;

my %size   = (small => 100, window => 30_000, middle => 200_000, large => 50_000_000);
my $files  = CxxProxy::RealBackend->files(%size);
my $apache = CxxProxy::RealBackend->start('apache', $files);
my $nginx  = CxxProxy::RealBackend->start('nginx', $files, lines => [
    'keepalive_requests 100;',
    'location /narrow { client_max_body_size 10k; dav_methods PUT; }',
    'location /sum/ { alias ' . $files . '/; add_trailer X-Sum $request_uri; add_trailer X-More yes; }',
]);
my $steady = CxxProxy::RealBackend->start('nginx', $files);
my $httpd  = CxxProxy::Httpd->start(modules => ['http2'], stack => ['proxy_http2'], threads => 24, config => <<"CONF");
Protocols h2c http/1.1
ProxyTimeout 20
ProxyPass /nginx  h2c://$nginx
ProxyPass /steady h2c://$steady
ProxyPass /apache h2c://$apache
CONF

# One request after the other, as the names in turn say; how many of each kind of answer there were.
sub asked ($client, $kind, $names, $goes_on) {
    my %came;
    for (my $count = 0; $goes_on->($count); ++$count) {
        my $name   = $names->[$count % @$names];
        my @upload = $name eq 'upload' ? (method => 'PUT', path => "/$kind/up/$client", body => 'x' x 3000) : ();
        my $answer = $httpd->request(path => "/$kind/files/$name", @upload) // die "no answer\n";
        my $length = $answer->body_length;
        my $what   = !$answer->complete ? 'cut' : $length == ($size{$name} // $length) ? $name : 'another';
        ++$came{ $answer->status . " $what" };
    }
    return \%came;
}

# Stock answers 502 or 503 now and then.
sub all_good ($what, $good, @came) {
    my %all;
    for my $came (@came) { $all{$_} += $came->{$_} for keys %$came }
    delete @all{ grep { /$good/ || is_stock() && /^50[23]/ } keys %all };
    is_deeply \%all, {}, $what;
}

# --- nginx, which says goodbye after a hundred requests, however many are on their way ---
my $good = qr/\A(?:200 small|200 middle|20[14] upload)\z/;
my @names = qw(small middle small upload);
my @came  = in_processes(8, sub ($number) { asked($number, 'nginx', \@names, sub ($count) { $count < 80 }) });
all_good('nginx ends connections all the time, and each client has its answers', $good, @came);
my @streams = in_processes(3, sub ($number) {
    my %came;
    my @answers = CxxProxy::Http2Client->ask($httpd->port, ({ path => '/nginx/files/small' }) x 100);
    ++$came{"$_->{status} $_->{length} $_->{ended}"} for @answers;
    return \%came;
});
all_good('and so have those with a hundred streams', qr/\A200 $size{small} end\z/, @streams);
like $nginx->log, qr{^HTTP/2\.0 .* 100$}m, 'a connection has had a hundred requests' if is_ours();    # stock may have many of few
unlike $nginx->log, qr{^HTTP/2\.0 .* 101$}m, 'and none has had more';

# --- Apache, restarted under load; answers larger than a window it cuts itself then ---
my $enough = $httpd->root . '/run/enough';
@came = in_processes(6, sub ($number) { asked($number, 'apache', [qw(small window)], sub ($count) { !-e $enough }) }, sub () {
    for (1 .. 4) {
        my $seen = sub { scalar split /\n/, $apache->log };
        my $now  = $seen->();
        await('some answers', sub { $seen->() > $now + 40 });
        $apache->graceful;
    }
    CxxProxy::Httpd::spew($enough, '');
});
all_good('Apache is restarted, and each client has its answers', qr/\A200 (?:small|window)\z/, @came);
my $sum = 0;
$sum += $_ for map { values %$_ } @came;
cmp_ok $sum, '>', 160, "$sum answers meanwhile";

# --- an answer while the body is coming ---
for my $framing ("Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n") {
    my $client = $httpd->client;
    my $chunk  = $framing =~ /chunked/ ? "4e20\r\n" . 'x' x 20_000 . "\r\n" : 'x' x 20_000;
    $client->send("PUT /nginx/narrow/it HTTP/1.1\r\nHost: proxy.test\r\n$framing\r\n$chunk");
    $client->send($chunk x 49 . ($framing =~ /chunked/ ? "0\r\n\r\n" : '')) if is_stock();    # waits for all of it
    my $answer = $client->read_response;
    is $answer->status, 413, 'the backend wants no more of a body (' . ($framing =~ s/:.*//sr) . '): its answer comes';
    ok $answer->complete, 'whole';
    is length $httpd->answer('/nginx/files/middle'), $size{middle}, 'and the next request works';
}

# --- trailers ---
my ($with) = CxxProxy::Http2Client->ask($httpd->port, { path => '/nginx/sum/middle' });
is join(' ', $with->{status}, $with->{length}, $with->{ended}, @{ $with->{trailers} }),
    "200 $size{middle} end x-sum /sum/middle x-more yes", 'trailers of nginx';

# --- a process of the backend that is killed ---
my @clients = map { $httpd->client(receive_buffer => 16384) } 1 .. 4;
$_->send("GET /steady/files/large HTTP/1.1\r\nHost: proxy.test\r\n\r\n") for @clients;
await('the beginning of each answer', sub { @clients == grep { $_->can_read } @clients });
my %old = map { $_ => 1 } $steady->workers;
kill 'KILL', keys %old;
for my $client (@clients) {
    my $answer = $client->read_response(sink => sub ($bytes) { });
    ok !$answer->complete, 'what was cut looks cut: ' . $answer->status . ' and ' . $answer->body_length . ' bytes';
    cmp_ok $answer->body_length, '<', $size{large};
}
await('its successor', sub { grep { !$old{$_} } $steady->workers });
is length $httpd->answer('/steady/files/middle'), $size{middle}, 'the next requests work' for 1 .. 5;
done_testing;
