use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads ours_only);
use CxxProxy::Wait qw(await);
use Time::HiRes qw(time);

# Ours alone: with the engine neither a handshake that does not get on, nor an answer that is long in coming, holds a thread.
ours_only();
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca   = CxxProxy::Authority->new('Test Authority');
my $tls  = $ca->certificate(san => 'DNS:localhost');
my $good = CxxProxy::Backend->named('good', tls => $tls);
my $mute = CxxProxy::Backend->start(sub ($connection) { $connection->read_some; $connection->note('hello'); $connection->wait_for_close });
my $slow = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) { $connection->note('asked'); $connection->wait_for_release; $connection->reply(200, 'slow') }
}, tls => $tls);
my $httpd = few_threads(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
ProxyPass /good https://localhost:@{[$good->port]}/
ProxyPass /mute https://localhost:@{[$mute->port]}/ connectiontimeout=30 timeout=4
ProxyPass /slow https://localhost:@{[$slow->port]}/ timeout=60
CONF

is $httpd->answer('/good'), 'good';
my @waiting = map {
    my $client = $httpd->client;
    $client->send("GET /$_ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    $client;
} (('mute') x 12, ('slow') x 12);
my $begun = time;
await('all of them at their backends', sub { $mute->notes >= 12 && $slow->notes >= 12 });
is $httpd->answer('/good'), 'good', 'others are served' for 1 .. 5;
like $waiting[$_]->read_all, qr{^HTTP/1\.1 500 }, 'a handshake has as long as the member has for an answer' for 0 .. 11;
my $took = time - $begun;
cmp_ok $took, '>', 3, 'which it got';
cmp_ok $took, '<', 20, 'and no more';
like $httpd->error_log, qr/AH02003: .*the handshake has taken too long/, 'as the log says';
$slow->release;
like $waiting[$_]->read_all, qr{^HTTP/1\.1 200 .*slow$}s, 'the slow ones get their answers' for 12 .. 23;
is $httpd->answer('/good'), 'good';
done_testing;
