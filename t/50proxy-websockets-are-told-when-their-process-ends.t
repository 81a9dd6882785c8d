use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);
use CxxProxy::WebSocket;
use File::Temp;
use JSON::PP qw(decode_json);
use POSIX qw(WNOHANG);

# At a graceful restart or stop tunnels go on for CxxProxyTunnelGrace; then both sides hear 1001 (RFC 6455 section 7.4.1). This
# is ours alone: the stock modules leave them as they are, for as long as they like.
plan skip_all => 'stock modules: tunnels have no limit' unless is_ours();
plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;

my $signs = File::Temp->newdir;
my $count = 0;

sub codes ($backend) {
    my ($result) = CxxProxy::WebSocket->ask({ url => "ws://$backend/ws/codes", do => [['receive']] });
    return decode_json($result->{told}[0]);
}

sub httpd ($backend, $grace, %option) {
    my $config = delete $option{config} // '';
    return CxxProxy::Httpd->start(%option, config => <<"CONF");
CxxProxyTunnelGrace $grace
ProxyPass /ws/ ws://$backend/ws/
LogFormat "%U %>s" tunnels
CustomLog __ROOT__/logs/tunnels tunnels
$config
CONF
}

# A WebSocket that is in use before and after what happens to the server.
sub through ($httpd, $happens, $path = 'echo') {
    my @signs = map { "$signs/$_" . ++$count } qw(open happened);
    my $begun = CxxProxy::WebSocket->begin([], { url => 'ws://127.0.0.1:' . $httpd->port . "/ws/$path",
        do => [[echo => 100], [make => $signs[0]], [wait => $signs[1]], [echo => 1000], ['closed']] });
    await('the tunnel', sub { -e $signs[0] });
    $happens->();
    open my $sign, '>', $signs[1] or die "$signs[1]: $!\n";
    return CxxProxy::WebSocket->finish($begun);
}

my $backend = CxxProxy::WebSocket->start('one');
for my $case (
    ['a reactor',                mpm => 'event'],
    ['a thread of event',        mpm => 'event', config => 'CxxProxyEngine Off'],
    ['a thread of worker',       mpm => 'worker'],
    ['a process of prefork',     mpm => 'prefork'],
) {
    my ($where, %option) = @$case;
    my $httpd  = httpd($backend, 3, %option);
    my $before = @{ codes($backend) };
    my ($result) = through($httpd, sub { $httpd->graceful });
    is_deeply $result->{told}, ['same', undef, 'there', 'same', [1001, '']], "on $where: it goes on after a graceful restart, then the client hears 1001"
        or diag $result->{error};
    await('the end at the backend', sub { @{ codes($backend) } > $before });
    is codes($backend)->[-1], 1001, 'and so does the backend';
    is_deeply [$httpd->log_lines('tunnels', 1)], ['/ws/echo 101'], 'it is in the log';
}

my $httpd = httpd($backend, 2, mpm => 'event');
my ($result) = through($httpd, sub { kill 'WINCH', $httpd->pid; await('the port to be closed', sub { !eval { $httpd->client } }) });
is_deeply $result->{told}[-1], [1001, ''], 'at a graceful stop, too' or diag $result->{error};
await('the end of the server', sub { waitpid($httpd->pid, WNOHANG) == $httpd->pid });
is $?, 0, 'then it ends';

# No frame may begin within another one.
my $going  = "\x88\x02\x03\xe9";
my $frames = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    my ($what) = $head =~ m{^GET /ws/(\w+)};
    my $protocol = $what eq 'other' ? 'other' : 'websocket';
    my $begun    = $what eq 'late' || $what eq 'never' ? "\x81\x09never" : "\x81\x05hello";
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: $protocol\r\n\r\n$begun");
    if ($what eq 'late') { $connection->wait_for_release; $connection->send('mind') }
    my $heard = '';
    while (length(my $bytes = $connection->read_some)) { $heard .= $bytes }
    $connection->note("$what: " . unpack 'H*', $heard);
});
$httpd = httpd($frames, 1, mpm => 'event', config => "ProxyPass /up/ http://$frames/ws/ upgrade=other");
sub tunnel ($path, $protocol = 'websocket') {
    my $client = $httpd->client(limit => 20);
    $client->send("GET $path HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: $protocol\r\n\r\n");
    is $client->read_response->status, 101, "$path: a tunnel";
    $client->read_until(qr/hello|never/);
    return $client;
}
my %client = map { $_ => tunnel("/ws/$_") } qw(late never between within);
my $other  = tunnel('/up/other', 'other');
$client{between}->send("\x81\x82\0\0\0\0ab");    # a whole frame
$client{within}->send("\x81\x82\0\0\0\0a");      # not its end
$httpd->graceful;
is $client{between}->read_all, $going, 'a WebSocket between two frames hears it';
is $client{within}->read_until(qr/\Q$going\E/), $going, 'as does one that says something itself';
is $other->read_all, '', 'what is no WebSocket ends';
$frames->release;
is $client{late}->read_all, "mind$going", 'one within a frame hears it behind that';
$client{within}->send("b\x88\x82\0\0\0\0\x03\xe9");
is $client{never}->read_all, '', 'one within a frame that never ends just ends';
ok $client{within}->is_closed, 'all are gone';
await('what backends have heard', sub { 2 == grep { /^(?:between|within): / } $frames->notes });
my %heard = map { split /: /, $_, 2 } $frames->notes;
like $heard{between}, qr/^8182000000006162 8882 [0-9a-f]{8} [0-9a-f]{4}$/x, 'the backend hears a masked Close behind the frame';
my @bytes = map { hex } $heard{between} =~ /(..)/g;
is sprintf('%02x%02x', $bytes[-2] ^ $bytes[-6], $bytes[-1] ^ $bytes[-5]), '03e9', 'which says 1001';
like $heard{within}, qr/^8182000000006162 8882/x, 'and no earlier';

done_testing;
