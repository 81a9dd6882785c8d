use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(seconds_for);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours per_stack);
use CxxProxy::Wait qw(wait_for);

# How long an HTTP/2 backend may be silent; and that silence on one stream is no fault of the others on its connection.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $backend = CxxProxy::Http2Backend->start({
    '/never'  => [['never']],
    '/stops'  => [['head', 200], ['data', 'begun'], ['never']],
    '/drips'  => [['head', 200], (['data', 'x'], ['pause', 0.3]) x 8, ['data', '.', 1]],
    '/holds'  => [['hold'], ['never']],
    '/ok'     => [['reply', 200, 'ok']],
}, settings => { 4 => 65_535 });
my $mute  = CxxProxy::Http2Backend->start({}, mute => 1);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_http2'], config => <<"CONF");
ProxyPass /mute h2c://$mute/ timeout=2
ProxyPass /     h2c://$backend/ timeout=2
CONF
sub told ($answer) { !$answer ? 'closed' : join ' ', $answer->status, $answer->status eq '200' ? $answer->body : (), $answer->complete ? () : 'cut' }

my $none  = per_stack(stock => 503, ours => 502);
my @cases = (
    ['no answer', $none, path => '/never'],
    ['no word at all', $none, path => '/mute'],
    (is_ours() ? ['an answer that stops', '200 begun cut', path => '/stops'] : ()),    # stock puts an error page behind it
    ['an answer that goes on takes as long as it likes', '200 xxxxxxxx.', path => '/drips'],
    ['a body that is not taken', per_stack(stock => 503, ours => 504), path => '/holds', method => 'POST', body => 'x' x 1_000_000],
);
my @clients = map { $httpd->client } @cases;    # all at once, on the same connections where they share one
my $seconds = seconds_for(sub {
    $clients[$_]->send(CxxProxy::RawClient::request_bytes($cases[$_]->@[2 .. $cases[$_]->$#*])) for 0 .. $#cases;
    is told($clients[$_]->read_response), $cases[$_][1], $cases[$_][0] for 0 .. $#cases;
});
cmp_ok $seconds, '<', 20, 'all in time';
is $httpd->answer('/ok'), 'ok', 'the next requests work' for 1 .. 5;
ok wait_for(sub { grep { ($_->{path} // '') eq '/never' } $backend->events('reset') }), 'a stream that has taken too long is reset' if is_ours();
is_deeply [$backend->troubles], [];
done_testing;
