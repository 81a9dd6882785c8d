use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Backend;
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours per_stack);

# Answers that come before the request is complete, and those that come before the answer.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $hint    = ['head', 103, ['link', '</a>; rel=preload', 'x-hint', 'yes']];
my $ok      = ['reply', 200, 'ok'];
my $refusal = ['reply', 413, 'too much'];
my $backend = CxxProxy::Http2Backend->start({
    '/takes'    => [$refusal, ['body']],
    '/stops'    => [$refusal, ['reset', 0]],
    '/holds'    => [['hold'], $refusal, ['never']],
    '/fails'    => [$refusal, ['reset', 2]],
    '/silent'   => [['reset', 0]],
    '/chat'     => [['head', 200], ['data', 'early '], ['body'], ['data', 'late', 1]],
    '/one'      => [$hint, $ok],
    '/nine'     => [($hint) x 9, $ok],
    '/ten'      => [($hint) x 10, $ok],
    '/endless'  => [['forever', [$hint]]],
    '/then-cut' => [$hint, ['reset', 2]],
    '/unknown'  => [['head', 199, ['x-hint', 'yes']], $ok],
    '/100'      => [['head', 100], ['body'], ['report']],
    '/final'    => [['reply', 417, 'no'], ['reset', 0]],
    '/switch'   => [['head', 101, ['upgrade', 'x']], $ok],
    '/low'      => [['head', '099'], $ok],
    '/ends'     => [['head', 103, [], 1]],
    '/body'     => [['head', 103], ['data', 'EVIL', 1]],
    '/hop'      => [['head', 103, ['connection', 'close']], $ok],
    '/late'     => [['head', 200], $hint, ['data', 'EVIL', 1]],
    '/ok'       => [$ok],
}, settings => { 4 => 65_535 });
my $httpd = CxxProxy::Httpd->start(modules => ['http2'], stack => ['proxy_http2'], config => <<"CONF");
Protocols h2c http/1.1
H2EarlyHints On
ProxyTimeout 20
ProxyPass / h2c://$backend/
CONF

sub told ($answer) { join ' ', (map { $_->status } $answer->interim), $answer->status, $answer->status eq '200' || $answer->status eq '413' ? $answer->body : () }
sub next_is_fine ($what) { is $httpd->answer('/ok'), 'ok', "$what: and the next request works" }

# --- early answers ---
for my $how (qw(takes stops holds fails)) {
    for my $size (10, is_ours() || $how ne 'holds' ? (100_000, 5_000_000) : ()) {    # stock gives up after ProxyTimeout only
        my $answer = $httpd->request(method => 'POST', path => "/$how", body => 'x' x $size, chunked => $size == 100_000);
        is told($answer), '413 too much', "an answer before $size bytes have come, from a backend that $how";
    }
    if (is_ours() || $how =~ /takes|stops/) {    # stock goes on to wait for the body, and forgets the answer
        my ($answer) = CxxProxy::Http2Client->ask($httpd->port, { path => "/$how", body => 'x' x 300_000 });
        is "$answer->{status} $answer->{body}", '413 too much', 'to a client of HTTP/2';
    }
    next_is_fine($how);
}
is told($httpd->request(method => 'POST', path => '/chat', body => 'x' x 3_000_000)), '200 early late', 'an answer that begins early and ends late';
is $httpd->request(method => 'POST', path => '/silent', body => 'x' x 100_000)->status, per_stack(stock => 200, ours => 502),
    'a stream that ends without an answer, and without an error';
next_is_fine('no answer');
if (is_ours()) {    # stock waits for all of the body
    my $slow = $httpd->client;
    $slow->send("POST /takes HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nonly this");
    is told($slow->read_response), '413 too much', 'an answer while the client still sends';
}

# --- 1xx ---
if (is_ours()) {    # stock passes none of them on
    my $one = $httpd->get('/one');
    is told($one), '103 200 ok', 'an interim answer';
    is +($one->interim)[0]->header('Link'), '</a>; rel=preload', 'with its fields';
    is $one->header('X-Hint'), undef, 'which are not those of the answer';
    is told($httpd->get('/nine')), join(' ', (103) x 9, '200 ok'), 'nine of them';
    is $httpd->get("/$_")->status, 502, "too many: $_" for qw(ten endless);
    is told($httpd->get('/unknown')), '199 200 ok', 'one that nobody knows';
    my ($answer) = CxxProxy::Http2Client->ask($httpd->port, { path => '/one' });
    is join(' ', (map { $_->{status} } @{ $answer->{interim} }), $answer->{status}), '103 200', 'to a client of HTTP/2';
    is told($httpd->request(version => '1.0', path => '/one')), '200 ok', 'none to a client of HTTP/1.0';
} else {
    is told($httpd->get("/$_")), '200 ok', "interim answers, $_" for qw(one nine unknown);
}
is $httpd->get('/then-cut')->status, 502, 'an interim answer, and no other';

if (is_ours()) {    # stock forgets to let the client go on, now and then
    my $client = $httpd->client;
    $client->send("POST /100 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    like $client->read_until(qr/\r\n\r\n/), qr{^HTTP/1\.1 100 }, 'Expect: 100-continue: the client may go on';
    $client->send('hello');
    like told($client->read_response), qr/^200 5 /, 'and its body arrives';
}
my $client = $httpd->client;
$client->send("POST /final HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
like $client->read_until(qr/\r\n\r\n/), qr{^HTTP/1\.1 417 }, 'or a final answer comes instead';
next_is_fine('100-continue');

# --- what must not be ---
my %wrong = (
    '/switch' => '101 in HTTP/2', '/low' => 'a status below 100', '/ends' => 'an interim answer that ends the stream', '/body' => 'one with a body',
    '/hop' => 'one with a field that HTTP/2 forbids', '/late' => 'one behind the head of the answer',
);
for my $path (sort keys %wrong) {
    my $answer = $httpd->get($path);
    unlike $answer->body, qr/EVIL/, $wrong{$path};
    $path eq '/late' && $answer->status eq '200' ? ok(!$answer->complete, 'cuts the answer') : is $answer->status, 502, 'is a bad answer';
    next_is_fine($path);
}
is_deeply [$backend->troubles], [];
done_testing;
