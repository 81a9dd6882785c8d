use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::WebSocket;

# What two WebSocket endpoints may say to each other goes through: fragments, pings, closes, large messages, and ends of all
# kinds.
plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;

my $backend = CxxProxy::WebSocket->start('one');
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_wstunnel'], config => <<"CONF");
ProxyPass /ws/ ws://$backend/ws/
LogFormat "%U %>s %I %O" bytes
CustomLog __ROOT__/logs/bytes bytes
CONF

sub at ($path, @steps) { { url => 'ws://127.0.0.1:' . $httpd->port . "/ws/$path", do => \@steps } }

my @cases = (
    ['fragments of the client',                 at('echo', [pieces => 50]), ['same']],
    ['fragments of the backend',                at('fragments', [echo => 100_000]), ['same']],
    ['a ping of the backend',                   at('ping', [echo => 10]), ['same']],
    ['a ping of the client between messages',   at('echo', [echo => 5], ['ping'], [echo => 5], ['ping']), ['same', 'pong', 'same', 'pong']],
    ['a hundred small messages',                at('echo', map { [echo => $_] } 1 .. 100), [('same') x 100]],
    ['a message of eight megabytes',            at('echo', [echo => 8 << 20]), ['same']],
    ['twenty megabytes from the backend',       at('flood/20000000', [gather => 20_000_000], ['closed']), ['all', [1000, '']]],
    ['a close of the backend with its reason',  at('close/4321', [say => 'x'], ['closed']), [undef, [4321, 'as asked']]],
    ['a backend that breaks off',               at('abort', [say => 'x'], ['closed']), [undef, ['broken', '']]],
);
my @results = CxxProxy::WebSocket->ask(map { $_->[1] } @cases);
for my $case (@cases) {
    my $result = shift @results;
    is_deeply $result->{told}, $case->[2], $case->[0] or diag $result->{error};
}
my ($refused) = CxxProxy::WebSocket->ask(at('refuse'));
is $refused->{status}, 403, 'a backend that refuses';
is $refused->{headers}{'x-why'}, 'refused', 'says why';

my @together = CxxProxy::WebSocket->ask_at_once(map { at('echo', [echo => 1000 * $_], [text => "number $_"]) } 1 .. 20);
is scalar(grep { "@{ $_->{told} }" eq 'same same' } @together), 20, 'twenty at once';

my @lines  = $httpd->log_lines('bytes', @cases + 21);
my ($long) = grep { m{^/ws/flood} } @lines;
my ($status, $in, $out) = (split / /, $long // '- - 0 0')[1 .. 3];
is $status, 101, 'the access log has the tunnel when it ends';
cmp_ok $out, '>', 20_000_000, 'with all its bytes';

my ($received) = sort { $b <=> $a } map { (split / /)[2] } grep { m{^/ws/echo } } @lines;
cmp_ok $received, '>=', 8 << 20, 'and with those of the client';
cmp_ok $received, '<=', 9 << 20, 'once';

done_testing;
