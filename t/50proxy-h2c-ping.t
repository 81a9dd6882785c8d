use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(seconds_for still_there);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);

# ping= of an h2c:// member: a backend from which nothing is heard is asked for a sign of life, and given up if none comes.
plan skip_all => 'stock modules: a PING before each request, and none while it waits' unless is_ours();
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my %paths = (
    '/ok'     => [['reply', 200, 'ok']],
    '/silent' => [['deaf'], ['note', 'silent'], ['never']],
    '/begun'  => [['head', 200], ['data', 'begun'], ['deaf'], ['never']],
    '/slow'   => [['note', 'slow'], ['wait', 'slow'], ['reply', 200, 'slow']],
    '/drips'  => [['deaf'], ['head', 200], (map { (['pause', 0.4], ['data', 'x']) } 1 .. 10), ['end']],
);
my ($asked, $not_asked, $idle, $dripping, $first) = map { CxxProxy::Http2Backend->start({%paths}) } 1 .. 5;
my $second = CxxProxy::Http2Backend->start({ '*' => [['reply', 200, 'the other']] });
my $mute  = CxxProxy::Http2Backend->start({}, mute => 1);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_http2'], config => <<"CONF");
ProxyTimeout 60
ProxyPass /asked     h2c://$asked     ping=1 timeout=25 retry=0
ProxyPass /not-asked h2c://$not_asked timeout=4 retry=0
ProxyPass /idle      h2c://$idle      ping=1 timeout=25 retry=0
ProxyPass /dripping  h2c://$dripping  ping=2 timeout=25 retry=0
ProxyPass /mute      h2c://$mute      ping=1 timeout=4 retry=0
<Proxy balancer://pair>
    BalancerMember h2c://$first  ping=1 timeout=25 retry=0
    BalancerMember h2c://$second ping=1 timeout=25 retry=0 status=+H
</Proxy>
ProxyPass /pair balancer://pair
CONF

sub asking ($path) {
    my $client = $httpd->client;
    $client->send("GET $path HTTP/1.1\r\nHost: proxy.test\r\n\r\n");
    return $client;
}
sub told ($answer) { $answer ? join ' ', $answer->status, $answer->status eq '200' ? $answer->body : (), $answer->complete ? () : 'cut' : 'closed' }
sub pings ($backend) { scalar $backend->events('ping') }

# What path comes to, and how long that takes.
sub comes ($path, $expected, $least, $most, $what) {
    my $answer;
    my $seconds = seconds_for(sub { $answer = $httpd->get($path) });
    like told($answer), $expected, $what;
    cmp_ok $seconds, '>=', $least, "not before $least seconds";
    cmp_ok $seconds, '<',  $most,  "before $most seconds";
}

# --- a backend that falls silent: asked after a second, given up after another ---
my $slow = asking('/asked/slow');    # on a connection that others do not spoil
$asked->wait_for_note('slow');
comes('/not-asked/silent', qr/^50[24]$/, 3.5, 20, 'without ping= a silent backend has until timeout=');
is pings($not_asked), 0, 'and is not asked';
await('a PING at the slow backend', sub { pings($asked) > 0 });
ok still_there($slow), 'a slow backend that answers PINGs keeps its request';
await('more of them', sub { pings($asked) >= 3 });
ok still_there($slow), 'for as long as it does';
$asked->release('slow');
is told($slow->read_response), '200 slow', 'and its answer comes';

comes('/asked/silent', qr/^50[234]$/, 1.5, 15, 'with ping= a silent backend is given up long before timeout=');
$httpd->wait_for_log(qr/no answer to PING/);
pass 'the log says why';
is $httpd->answer('/asked/ok'), 'ok', 'the next request works';
comes('/asked/begun', qr/^200 begun cut$/, 1.5, 15, 'silence in the middle of an answer cuts it');
is $httpd->answer('/asked/ok'), 'ok', 'and the next request works';

is told($httpd->get('/dripping/drips')), '200 xxxxxxxxxx', 'a backend that is heard of need not answer PINGs';
is pings($dripping), 0, 'and is not asked';

# --- all that share the connection ---
my @lost = map { asking('/asked/silent') } 1 .. 5;
like told($_->read_response), qr/^50[234]$/, 'all requests of the connection end' for @lost;
is $httpd->answer('/asked/ok'), 'ok', 'and the next request works';

# --- a backend that never says a word ---
comes('/mute/x', qr/^50[234]$/, 0.5, 15, 'one that says nothing at all');

# --- a connection that has been idle ---
is $httpd->answer('/idle/ok'), 'ok';
my $seconds = seconds_for(sub { is $httpd->answer('/idle/ok'), 'ok', 'in turn' for 1 .. 3 });
is pings($idle), 0, 'connections in use are not asked' if $seconds < 0.5;
my $before = pings($idle);
select undef, undef, undef, 1.6;    # idle for a second, and nothing tells of it
is $httpd->answer('/idle/ok'), 'ok', 'after a while without requests';
await('a PING with the request', sub { pings($idle) > $before });
pass 'the backend is asked with the request';

# --- in a balancer ---
comes('/pair/silent', qr/^502$/, 1.5, 25, 'a member falls silent: no other gets a request that it may have begun with');
like $httpd->answer('/pair/ok'), qr/^(?:ok|the other)$/, 'and the next request works';
is_deeply [map { $_->troubles } $asked, $not_asked, $idle, $dripping, $first, $second], [];
done_testing;
