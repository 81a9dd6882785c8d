use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(answers_meanwhile few_threads grown memory);
use CxxProxy::Http2Backend;
use CxxProxy::Stack qw(engine_is_off is_ours);
use CxxProxy::Wait qw(await);

# Many requests share a connection to an h2c:// member, and none of them spoils it for the others.
plan skip_all => 'stock modules: a connection for each request at once' unless is_ours();
plan skip_all => 'the engine is off: fifty at once need fifty threads; they share, too: 50proxy-h2c-max-connections.t'
    if engine_is_off();
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my %paths = (
    '/fast'  => [['reply', 200, 'fast']],
    '/slow'  => [['note', 'slow'], ['wait', 'slow'], ['reply', 200, 'slow']],
    '/later' => [['note', 'later'], ['wait', 'later'], ['reply', 200, 'later']],
    '/reset' => [['reset', 2]],
    '/cut'   => [['head', 200, ['content-length', 100]], ['data', 'begun'], ['reset', 2]],
    '/up'    => [['report']],
);
my $backend = CxxProxy::Http2Backend->start({%paths});
my $narrow  = CxxProxy::Http2Backend->start({%paths}, settings => { 3 => 10 }, most => 10);    # ten streams at once
my $httpd   = few_threads(stack => ['proxy_http2'], config => <<"CONF");
CxxProxyReactors 2
ProxyTimeout 60
ProxyPass /narrow h2c://$narrow
ProxyPass / h2c://$backend/
CONF

sub asking ($path, %option) {
    my $client = $httpd->client(%option);
    $client->send("GET $path HTTP/1.1\r\nHost: proxy.test\r\n\r\n");
    return $client;
}
sub notes ($which, $text) { scalar grep { $_ eq $text } $which->notes }
# One for each reactor.
sub two_at_most ($what) { cmp_ok $backend->connection_count, '<=', 2, "$what: two connections at most" }

# --- one after the other ---
is $httpd->answer('/fast'), 'fast', 'in turn' for 1 .. 10;
two_at_most('ten requests in turn');

# --- fifty at once ---
my @slow = map { asking('/slow') } 1 .. 50;
await('fifty requests at the backend', sub { notes($backend, 'slow') >= 50 });
cmp_ok $backend->most_open, '>=', 50, 'fifty requests wait at once';
two_at_most('fifty at once');
answers_meanwhile('fifty wait', $httpd, '/fast', 'fast');

# --- a stream that breaks ---
is $httpd->get('/reset')->status, 502, 'a stream is reset' for 1 .. 3;
my $cut = $httpd->get('/cut');
is $cut->body . ($cut->complete ? ' whole' : ' cut'), 'begun cut', 'another in the middle of its answer';
my $left = asking('/later');
$backend->wait_for_note('later');
$left->reset;
await('the end of the stream whose client has left', sub { grep { ($_->{path} // '') eq '/later' } $backend->events('reset') });
pass 'a client that leaves ends its stream';
two_at_most('streams have broken');

# --- an answer that nobody reads, and an upload that does not come ---
my $before = memory(($httpd->children)[0]);
my $unread = asking('/size/20000000', receive_buffer => 16384);
my $upload = $httpd->client;
$upload->send("POST /up HTTP/1.1\r\nHost: proxy.test\r\nContent-Length: 2000000\r\n\r\n" . 'u' x 500_000);
await('both at the backend', sub { grep({ $_->{path} eq '/up' } $backend->requests) && grep { $_->{path} =~ /size/ } $backend->requests });
answers_meanwhile('an answer is not read, an upload does not come', $httpd, '/fast', 'fast') for 1 .. 3;
is length $httpd->get('/size/5000000')->body, 5_000_000, 'a large answer for another passes by' for 1 .. 2;
cmp_ok memory(($httpd->children)[0]) - $before, '<', grown(12_000), 'what nobody reads is not collected';
two_at_most('all that');

$backend->release('slow');
is join(' ', map { $_->read_response->body } @slow), join(' ', ('slow') x 50), 'those that waited all get their answers';
my ($length, $good) = (0, 1);
my $pattern = join('', map { chr } 0 .. 255) x 512;
$unread->read_response(sink => sub ($bytes) {
    $good &&= $bytes eq substr $pattern, $length % 256, length $bytes;
    $length += length $bytes;
});
is $length, 20_000_000, 'what was not read comes, when it is read';
ok $good, 'bit for bit';
$upload->send('u' x 1_500_000);
like $upload->read_response->body, qr/^2000000 /, 'and so goes the upload';
two_at_most('in the end');

# --- a backend that takes ten at once ---
my @many = map { asking('/narrow/slow') } 1 .. 50;
await('ten requests at the narrow backend', sub { notes($narrow, 'slow') >= 10 });
$narrow->release('slow');
is join(' ', map { $_->read_response->body } @many), join(' ', ('slow') x 50), 'where ten are taken at once, all are answered, too';
is scalar(grep { $_->{path} eq '/slow' } $narrow->requests), 50, 'each once';
is_deeply [$backend->troubles, $narrow->troubles], [];
done_testing;
