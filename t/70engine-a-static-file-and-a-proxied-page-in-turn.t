use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);

# Whoever holds the connection must give each request to the one who serves it, and take it back.
my $backend = CxxProxy::Backend->teller('proxied ');
my $httpd   = few_threads(modules => [qw(lua)],
    files  => {
        'htdocs/local/file.txt' => 'a file', 'htdocs/local/big.txt' => join('', map { "line $_\n" } 1 .. 100_000),
        'slow.lua' => "function handle(r) r.usleep(20000) r:puts('slow ' .. r.uri) return apache2.OK end",
    },
    config => <<"CONF");
LuaMapHandler /lua __ROOT__/slow.lua handle
ProxyPass /local !
ProxyPass /lua !
ProxyPass / http://$backend/
CONF
my $big = join '', map { "line $_\n" } 1 .. 100_000;
my %answer = ('/local/file.txt' => 'a file', '/local/big.txt' => $big, '/lua/x' => 'slow /lua/x');
sub expected ($path) { $answer{$path} // "proxied $path" }
sub short ($text) { length $text > 100 ? substr($text, 0, 20) . '…' . length $text : $text }

my $client = $httpd->client;
for my $turn (1 .. 10) {
    for my $path ("/page$turn", '/local/file.txt', "/other$turn", $turn % 3 ? '/lua/x' : '/local/big.txt') {
        my $response = $client->request(path => $path);
        is short($response->body), short(expected($path)), "turn $turn: $path";
    }
    is $client->request(method => 'POST', path => "/post$turn", body => 'x' x 30_000)->body, "proxied /post$turn";
}

# The same, all sent at once.
my @paths = map { ("/page$_", '/local/file.txt', '/lua/x', "/other$_", "/more$_", '/local/file.txt', '/local/big.txt') } 1 .. 5;
$client->send(join '', map { "GET $_ HTTP/1.1\r\nHost: h\r\n\r\n" } @paths);
is short($client->read_response->body), short(expected($_)), "pipelined: $_" for @paths;

# Bodies in between, for either.
my $bytes = join '', map { "POST $_ HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nGET / HTTP" }
    map { ("/page$_", '/local/file.txt', '/lua/x', "/other$_") } 1 .. 3;
$client->send_split($bytes, 100);
for my $turn (1 .. 3) {
    is $client->read_response->body, expected($_), "a body in between: $_" for "/page$turn", '/local/file.txt', '/lua/x', "/other$turn";
}
is $client->request(path => '/last')->body, 'proxied /last';

done_testing;
