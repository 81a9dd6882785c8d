use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads seconds_for still_there);

my $backend = CxxProxy::Backend->teller;
my $httpd   = few_threads(config => <<"CONF");
KeepAliveTimeout 1
MaxKeepAliveRequests 6
ProxyPass / http://$backend/
<VirtualHost *:__PORT__>
    ServerName short.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName long.test
    KeepAliveTimeout 20
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName none.test
    KeepAlive Off
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName more.test
    MaxKeepAliveRequests 0
</VirtualHost>
CONF
sub ask ($client, $host, $path = '/x', %more) { $client->request(path => $path, headers => [Host => $host], %more) }
sub connection ($response) { $response ? lc($response->header('Connection') // 'nothing') : 'no answer' }

# Idle connections after one, two and three requests; and of two virtual hosts the one that served last counts.
for my $requests (1 .. 3) {
    my $client = $httpd->client;
    ask($client, 'short.test') for 1 .. $requests;
    ok still_there($client), 'an idle connection stays';
    my $seconds = seconds_for(sub { ok $client->is_closed, "and is closed in time, after $requests" });
    cmp_ok $seconds, '>', 0.5, 'but not before';
    cmp_ok $seconds, '<', 5;
}
my ($ends_short, $ends_long) = map { $httpd->client } 1 .. 2;
is ask($ends_long, $_)->body, '/x' for qw(short.test short.test long.test);
is ask($ends_short, $_)->body, '/x' for qw(long.test long.test short.test);
ok $ends_short->is_closed, 'short.test served last';
ok still_there($ends_long), 'long.test served last';
is ask($ends_long, 'short.test', '/y')->body, '/y', 'and goes on';

# How many.
my $client = $httpd->client;
my @said = map { connection(ask($client, 'short.test')) } 1 .. 7;
is join(' ', @said), join(' ', ('nothing') x 6, 'close'), 'MaxKeepAliveRequests';
ok $client->is_closed;

$client = $httpd->client;
@said = map { connection(ask($client, 'more.test')) } 1 .. 30;
is join(' ', @said), join(' ', ('nothing') x 30), 'no limit there';

$client = $httpd->client;
$client->send("GET /$_ HTTP/1.1\r\nHost: short.test\r\n\r\n") for 1 .. 9;
@said = map { my $response = $client->read_response; $response ? $response->body . ' ' . connection($response) : 'end' } 1 .. 8;
is join(', ', @said), join(', ', (map { "/$_ nothing" } 1 .. 6), '/7 close', 'end'), 'pipelined, too';

# When the client, or the virtual host, does not want it.
for my $used (0 .. 2) {
    my $client = $httpd->client;
    ask($client, 'long.test') for 1 .. $used;
    is connection($client->request(path => '/', headers => [Host => 'long.test', Connection => 'close'])), 'close', "Connection: close, after $used";
    ok $client->is_closed, 'and it is';

    $client = $httpd->client;
    ask($client, 'long.test') for 1 .. $used;
    is connection(ask($client, 'none.test')), 'close', "KeepAlive Off, after $used";
    ok $client->is_closed;
}

# What the client of HTTP/1.0 is told.
$client = $httpd->client;
for my $left (6, 5, 4) {
    my $response = $client->request(version => '1.0', headers => [Host => 'long.test', Connection => 'Keep-Alive']);
    is $response->header('Connection'), 'Keep-Alive', 'HTTP/1.0 with keep-alive';
    is $response->header('Keep-Alive'), "timeout=20, max=$left";
}
my $response = ask($client, 'long.test', '/x', version => '1.0');
is $response->body, '/x';
ok $client->is_closed, 'HTTP/1.0 without';

# Versions in turn.
$client = $httpd->client;
is ask($client, 'more.test')->version, '1.1';
is $client->request(version => '1.0', headers => [Host => 'more.test', Connection => 'keep-alive'])->body, '/';
is ask($client, 'more.test', '/z')->body, '/z';

done_testing;
