use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(used_client);
use CxxProxy::Http2Backend;
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours per_stack);
use CxxProxy::Wait qw(await);

# A stream or a connection that ends before its answer does. What the backend says it has not looked at is asked again, whatever the
# method, and no client sees it; anything else is asked again only if that is safe.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $ok = ['reply', 200, 'ok'];
my %untouched = (    # the first time only
    'GOAWAY and the end of the connection' => [['goaway', 'before'], ['close']],
    'GOAWAY'                               => [['goaway', 'before']],
    'REFUSED_STREAM'                       => [['reset', 7]],
);
my %first = map { my $how = $_; map { ("/$_" . $how =~ tr/ //dr => [['body'], ['once', "$_$how", $untouched{$how}], $ok]) } qw(GET POST) } keys %untouched;
my %cut = (    # as soon as the client has the beginning
    cut   => sub ($begun) { [['head', 200], ['data', 'begun'], ['wait', $begun], ['reset', 2]] },
    short => sub ($begun) { [['head', 200, ['content-length', 100]], ['data', 'begun'], ['wait', $begun], ['reset', 2]] },
    ends  => sub ($begun) { [['head', 200, ['content-length', 100]], ['data', 'begun'], ['wait', $begun], ['end']] },
    lost  => sub ($begun) { [['head', 200], ['data', 'begun'], ['wait', $begun], ['close']] },
);
my $backend = CxxProxy::Http2Backend->start({
    %first,
    (map { ("/drop$_" => [['body'], ['once', "drop$_", [['close']]], $ok], "/abort$_" => [['body'], ['once', "abort$_", [['abort']]], $ok]) } qw(GET POST)),
    '/refuses'  => [['note', 'refused'], ['reset', 7]],
    '/leaves'   => [['note', 'left'], ['goaway', 'before'], ['close']],
    '/drops'    => [['note', 'dropped'], ['close']],
    '/error'    => [['reset', 2]],
    '/cancel'   => [['reset', 8]],
    '/last'     => [['goaway', 'this'], ['pause', 0.1], ['reply', 200, 'the last one']],
    '/then'     => [['reply', 200, 'and then'], ['goaway', 'this'], ['close']],
    '/trouble'  => [['goaway', 'this', 2, 'trouble'], ['close']],
    (map { my $client = $_; map { ("/$client/$_" => $cut{$_}->("$client$_")) } keys %cut } qw(one two)),
    '/early'    => [['note', 'early'], ['wait', 'early'], ['reply', 200, 'early']],
    '/trigger'  => [['once', 'trigger', [['goaway', 'before'], ['note', 'told']]], $ok],
    '/ok'       => [$ok],
});
my $other = CxxProxy::Http2Backend->start({ '*' => [['body'], ['reply', 200, 'the other']] });
my $httpd = CxxProxy::Httpd->start(modules => ['http2'], stack => ['proxy_http2'], config => <<"CONF");
ProxyTimeout 20
Protocols h2c http/1.1
<Proxy balancer://pair>
    BalancerMember h2c://$backend
    BalancerMember h2c://$other
</Proxy>
ProxyPass /pair balancer://pair
ProxyPass / h2c://$backend/
CONF

sub told ($answer) { $answer ? $answer->status . ($answer->status eq '200' ? ' ' . $answer->body : '') : 'closed' }
sub ask ($method, $path) { told(scalar $httpd->request(method => $method, path => $path, $method eq 'POST' ? (body => 'hello') : ())) }
sub next_is_fine ($what) { is ask('GET', '/ok'), '200 ok', "$what: and the next request works" }
is ask('GET', '/ok'), '200 ok';

for my $how (sort keys %untouched) {
    my $path = $how =~ tr/ //dr;
    is ask('GET', "/GET$path"), '200 ok', "$how: a GET is asked again";
    is ask('POST', "/POST$path"), per_stack(stock => 502, ours => '200 ok'), "$how: a POST, too";
    next_is_fine($how);
}
is +(grep { $_->{path} =~ /^.POST/ } $backend->requests)[-1]{body}, 'hello', 'with its body' if is_ours();

for my $how (qw(drop abort)) {
    my $client = used_client($httpd, path => '/ok');    # whose next request goes over the same connection
    is told($client->request(path => "/${how}GET")), '200 ok', "$how on a connection in use: a GET is asked again";
    next_is_fine($how);
    is ask('POST', "/${how}POST"), per_stack(stock => 503, ours => 502), "$how: a POST is not";
    next_is_fine($how);
}

for my $case (['/refuses', 'refused', 502], ['/leaves', 'left', 502], ['/drops', 'dropped', per_stack(stock => 503, ours => 502)]) {
    my ($path, $note, $status) = @$case;
    is ask('GET', $path), $status, "$path for ever: an error";
    my $count = grep { $_ eq $note } $backend->notes;
    cmp_ok $count, '<=', 3, "after a few attempts ($count)";
    next_is_fine($path);
}
is ask($_, '/error'), 502, "a reset before the head is an error, $_" for qw(GET POST);
is ask('GET', '/cancel'), 502, 'and so is a stream that the backend cancels';
is ask('GET', '/trouble'), per_stack(stock => 503, ours => 502), 'and a connection that ends with an error';
next_is_fine('errors');

is ask('GET', '/last'), '200 the last one', 'GOAWAY that includes the request lets it end';
next_is_fine('GOAWAY');
is ask('GET', '/then'), '200 and then', 'GOAWAY after an answer';
next_is_fine('GOAWAY');

# --- an answer that has begun ---
if (is_ours()) {    # stock puts an error page behind what has come, or ends it as if it were whole
    for my $how (sort keys %cut) {
        my $sink   = sub ($bytes) { $backend->release("one$how") };
        my $answer = $httpd->request(path => "/one/$how", sink => $sink);
        is join(' ', $answer->status, $answer->body_length, $answer->complete ? 'whole' : 'cut'), '200 5 cut', "$how: a cut answer looks cut";
        next_is_fine($how);
        my ($over_http2) = CxxProxy::Http2Client->ask($httpd->port, { path => "/two/$how", marks => [$backend->mark("two$how")] });
        is $over_http2->{body}, 'begun', "$how: over HTTP/2";
        like $over_http2->{ended}, qr/^reset /, 'the stream is reset';
    }
}
is +(CxxProxy::Http2Client->ask($httpd->port, { path => '/error' }))[0]{status}, 502, 'an HTTP/2 client, too, gets 502 for a reset before the head';

# --- GOAWAY while others are on their way ---
my @early = map { my $client = $httpd->client; $client->send("GET /early HTTP/1.1\r\nHost: h\r\n\r\n"); $client } 1 .. 3;
await('three requests at the backend', sub { 3 <= grep { $_ eq 'early' } $backend->notes });
is ask('GET', '/trigger'), '200 ok', 'what GOAWAY leaves out is asked again';
$backend->release('early');
is told($_->read_response), '200 early', 'what it includes ends as usual' for @early;
next_is_fine('GOAWAY');

# --- a balancer ---
if (is_ours()) {
    is ask($_, '/pair/refuses'), '200 the other', "a member refuses: another serves, $_" for ('GET') x 3, ('POST') x 3;
}
is_deeply [$backend->troubles], [];
done_testing;
