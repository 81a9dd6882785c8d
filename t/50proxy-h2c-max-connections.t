use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(few_threads in_processes still_there);
use CxxProxy::Http2Backend;
use CxxProxy::Stack qw(engine_is_off is_ours per_stack);
use CxxProxy::Wait qw(await wait_for);

# max= of an h2c:// member: so many connections of a child, each with so many requests as h2streams= says, or one.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $shares = is_ours() && !engine_is_off();
my $held   = is_ours() ? 2 : 1;    # requests at once on one connection
my $two    = per_stack(stock => '', ours => 'h2streams=2');

sub backend () {
    CxxProxy::Http2Backend->start({
        '/ok'   => [['reply', 200, 'ok']],
        '/up'   => [['report']],
        '/hold' => [['note', 'held'], ['wait', 'hold'], ['reply', 200, 'held']],
        '/late' => [['note', 'late'], ['pause', 0.02], ['reply', 200, 'late']],
    });
}
my ($one, $both, $acquire, $pair, $patient, $fresh, $fresh_one, $sleepy) = map { backend() } 1 .. 8;
sub server ($reactors, $config) { few_threads(threads => 20, stack => ['proxy_http2'], config => (is_ours() ? "CxxProxyReactors $reactors\n" : '') . $config) }
my $httpd = server(1, <<"CONF");
ProxyTimeout 30
ProxyPass /one     h2c://$one     max=1 $two
ProxyPass /acquire h2c://$acquire max=1 $two acquire=100
ProxyPass /patient h2c://$patient max=1 $two acquire=20000
ProxyPass /pair    h2c://$pair    max=2 $two acquire=100
ProxyPass /sleepy  h2c://$sleepy  max=2 $two @{[per_stack(stock => '', ours => 'acquire=100')]}
ProxyPass /fresh   h2c://$fresh   disablereuse=on
ProxyPass /single  h2c://$fresh_one max=1 disablereuse=on
CONF

sub asking ($path, $server = $httpd) {
    my $client = $server->client;
    $client->send("GET $path HTTP/1.1\r\nHost: proxy.test\r\n\r\n");
    return $client;
}
sub held ($backend) { scalar grep { $_ eq 'held' } $backend->notes }
sub answers (@clients) { join ' ', map { my $answer = $_->read_response; $answer ? $answer->body : 'closed' } @clients }
sub open_now ($backend) { $backend->connection_count - $backend->closed_count }

# --- more at once than the connection takes ---
my @many = map { asking('/one/hold') } 1 .. 7;
await('the first of them at the backend', sub { held($one) >= $held });
ok !$many[-1]->can_read(0.2), 'the others wait';
is scalar(grep { still_there($_) } @many), 7, 'all of them';
is held($one), $held, "$held at once, no more";
is open_now($one), 1, 'there is one connection';
$one->release('hold');
is answers(@many), join(' ', ('held') x 7), 'all of them are answered';
is $one->most_open, $held, "never more than $held at once";
is $one->connection_count, 1, 'all over the same connection' if $shares;
is scalar(grep { $_->{path} eq '/hold' } $one->requests), 7, 'each once';

my @bodies = in_processes(10, sub ($number) {
    join ' ', map { my $body = 'x' x (10_000 * $_); $httpd->request(method => 'POST', path => '/one/up', body => $body, chunked => $_ % 2)->body =~ /^(\d+)/ } 1 .. 5;
});
is_deeply \@bodies, [('10000 20000 30000 40000 50000') x 10], 'ten clients with uploads through it';
cmp_ok $one->most_open, '<=', $held, 'no more of them at once';
is $one->connection_count, 1, 'over the same connection' if $shares;

# --- acquire= ---
is $httpd->answer("/$_/ok"), 'ok' for qw(acquire patient);    # the backend is awake
my @holders = map { asking('/acquire/hold') } 1 .. $held;
await('the connection is taken', sub { held($acquire) == $held });
is $httpd->get('/acquire/ok')->status, 503, 'acquire= is over: 503' for 1 .. 2;
is open_now($acquire), 1, 'and no other connection was made';
$acquire->release('hold');
is answers(@holders), join(' ', ('held') x $held), 'those that had it are answered';
is $httpd->answer('/acquire/ok'), 'ok', 'and it is free again';

@holders = map { asking('/patient/hold') } 1 .. $held;
await('another is taken', sub { held($patient) == $held });
my @waiting = map { asking('/patient/ok') } 1 .. 3;
ok !$waiting[0]->can_read(0.2), 'acquire= is not over: they wait';
is scalar(grep { still_there($_) } @waiting), 3, 'all of them';
$waiting[1]->reset;
$patient->release('hold');
is answers(@holders, @waiting[0, 2]), join(' ', ('held') x $held, 'ok', 'ok'), 'and get their turn, though one of them has left';

# --- two connections ---
is $httpd->answer('/pair/ok'), 'ok';    # so that it has a connection, and knows what that takes
@holders = map { asking('/pair/hold') } 1 .. 2 * $held;
await('both are taken', sub { held($pair) == 2 * $held });
is open_now($pair), 2, 'max=2: two connections';
is $pair->most_open_here, $held, "$held requests on each";
is $httpd->get('/pair/ok')->status, 503, 'both are full';
$pair->release('hold');
is answers(@holders), join(' ', ('held') x (2 * $held)), 'all are answered';

$sleepy->fall_asleep;
@holders = map { asking('/sleepy/hold') } 1 .. 2 * $held;
ok !$holders[0]->can_read(0.4), 'a backend takes its time with the first connection';
$sleepy->wake_up;
await('all of them at the backend', sub { held($sleepy) == 2 * $held });
is open_now($sleepy), 2, 'who has waited for it makes another, when it is full';
$sleepy->release('hold');
is answers(@holders), join(' ', ('held') x (2 * $held)), 'all are answered: acquire= is about room, not about backends that take their time';

# --- disablereuse=on ---
is $httpd->answer('/fresh/ok'), 'ok', 'in turn' for 1 .. 3;
is $fresh->connection_count, 3, 'disablereuse=on: a connection for each';
$fresh->wait_for_close(3);
my @fresh = map { asking('/fresh/hold') } 1 .. 4;
await('all of them at the backend', sub { held($fresh) == 4 });
is open_now($fresh), 4, 'each of those at once has its own';
is $fresh->most_open_here, 1, 'for itself';
$fresh->release('hold');
is answers(@fresh), 'held held held held', 'all are answered';
$fresh->wait_for_close(7);
pass 'which ends with it';
is answers(map { asking('/single/late') } 1 .. 6), join(' ', ('late') x 6), 'max=1 with it: one after the other';
is $fresh_one->most_open, 1, 'never two at once';
is $fresh_one->connection_count, 6, 'six connections';

# --- two reactors, which have one connection for both ---
if ($shares) {
    my $wide = server(2, "ProxyPass /both h2c://$both max=1 h2streams=2\n");
    my @results = in_processes(8, sub ($number) { join ' ', map { $wide->answer('/both/late') } 1 .. 6 });
    is_deeply \@results, [(join ' ', ('late') x 6) x 8], 'two reactors: all are answered';
    cmp_ok $both->most_open, '<=', 2, 'and both together have no more at once';
    ok wait_for(sub { open_now($both) <= 1 }), 'nor connections, when they have come to rest';
}
is_deeply [map { $_->troubles } $one, $both, $acquire, $pair, $patient, $fresh, $fresh_one, $sleepy], [];
done_testing;
