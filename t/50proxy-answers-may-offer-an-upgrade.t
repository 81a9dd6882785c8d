use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# An answer that is no 101 may have an Upgrade field, as a 426 must: it goes on where its protocol is one that the member may
# switch to, whoever asked for what.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($status, $names, $fields) = $request->{head} =~ m{^\w+ /\w+/(\d+)/(\w*)/(\S+) } or last;
        my $upgrades = join '', map { "Upgrade: $_\r\n" } split /\+/, $fields =~ s/_/, /gr =~ s/-/\//gr;
        my $option   = $names eq 'silent' ? '' : $names eq 'both' ? "Connection: keep-alive, Upgrade\r\n" : "Connection: Upgrade\r\n";
        $connection->send("HTTP/1.1 $status Word\r\n${option}${upgrades}Content-Length: 2\r\n\r\nno");
    }
});
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_wstunnel'], config => <<"CONF");
<Proxy balancer://sockets>
    BalancerMember ws://$backend
</Proxy>
ProxyPass /ws/ ws://$backend/ws/
ProxyPass /balanced/ balancer://sockets/balanced/
ProxyPass /any/ http://$backend/any/ upgrade=ANY
ProxyPass /foo/ http://$backend/foo/ upgrade=foo
ProxyPass /two/ http://$backend/two/ upgrade=foo,bar
ProxyPass / http://$backend/
CONF

sub offered ($path, @fields) {
    my $response = $httpd->get($path, @fields);
    is $response->body, 'no', "$path: the answer" or return;
    my $upgrade = $response->header('Upgrade');
    my $named   = ($response->header('Connection') // '') =~ /\bUpgrade\b/;
    return !defined $upgrade ? $named ? 'only named' : 'nothing' : $named ? $upgrade : "$upgrade, not named";
}

my @asking = (Connection => 'Upgrade', Upgrade => 'websocket');
for my $case (
    ['/ws/426/named/websocket',       'websocket', 'a 426 says what is required'],
    ['/ws/426/silent/websocket',      'websocket', 'also where Connection does not name it'],
    ['/ws/426/both/WebSocket',        'WebSocket', 'as it is written, and with other options'],
    ['/ws/200/named/websocket',       'websocket', 'any other answer may, too'],
    ['/ws/403/named/websocket',       'websocket', 'or that of an error'],
    ['/balanced/426/named/websocket', 'websocket', 'and a member of a balancer'],
    ['/ws/426/named/h2c',             'nothing',   'not what the member may not switch to'],
    ['/ws/426/named/websocket_h2c',   'nothing',   'nor beside what it may'],
    ['/ws/426/named/h2c+websocket',   'nothing',   'the first field counts'],
    ['/plain/426/named/websocket',    'nothing',   'a member that may not switch at all'],
    ['/foo/426/named/foo',            'foo',       'upgrade= names it'],
    ['/foo/426/named/bar',            'nothing',   'and no other'],
    ['/foo/426/named/websocket',      'nothing',   'not even a WebSocket'],
    ['/two/426/named/bar',            'bar',       'one of two'],
    ['/two/426/named/foo_bar',        'foo, bar',  'both of two'],
    ['/any/426/named/foo_bar',        'foo, bar',  'any'],
    ['/any/426/named/TLS-1.0',        per_stack(stock => 'TLS/1.0', ours => 'nothing'), 'any, but for TLS and HTTP'],
) {
    my ($path, $expected, $what) = @$case;
    is offered($path), $expected, $what;
    is offered($path, @asking), $expected, 'and the same when it was asked for';
}

my $old = $httpd->raw("GET /ws/426/named/websocket HTTP/1.0\r\nHost: proxy.test\r\n\r\n");
like $old, qr/\r\n\r\nno\z/, 'a client of HTTP/1.0';
is $old =~ /^Upgrade: (\w+)/m ? $1 : 'nothing', per_stack(stock => 'websocket', ours => 'nothing'), 'cannot switch: it is offered nothing';

done_testing;
