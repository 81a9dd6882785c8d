use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);
use CxxProxy::Stack qw(engine_is_off is_ours);

# The core reads the first request of a connection line by line; on a connection that the engine holds, plain heads are read
# in another way. Whatever a head looks like: what the backend gets, and what the client and the log are told, is the same.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (defined(my $head = $connection->read_head)) {
        $connection->send("HTTP/1.1 100 Continue\r\n\r\n") if $head =~ /^Expect: 100/mi;
        $connection->reply(200, $head . $connection->read_body($head)->{body}, 'Content-Type' => 'text/plain');
    }
});
my $httpd   = few_threads(modules => ['reqtimeout'], config => <<"CONF");
LimitRequestLine 1000
LimitRequestFieldSize 2000
KeepAliveTimeout 5
RequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500
LogFormat "%{c}a %I %>s %r %{X-A}i" heads
CustomLog __ROOT__/logs/heads.log heads
ProxyPass / http://$backend/
CONF

sub get (@fields) { join "\r\n", 'GET /page HTTP/1.1', 'Host: h', @fields, '', '' }

sub line ($line) { "$line\r\nHost: h\r\n\r\n" }

my $other = 'GET /page HTTP/1.1';
my @cases = (
    ['a plain one',                     get()],
    ['some fields',                     get('User-Agent: u', 'Accept: */*', 'X-A: a', 'Accept-Encoding: gzip, br')],
    ['a query',                         line('GET /page?a=b&c=%20 HTTP/1.1')],
    ['HEAD',                            line('HEAD /page HTTP/1.1')],
    ['OPTIONS',                         line('OPTIONS /page HTTP/1.1')],
    ['DELETE',                          line('DELETE /page HTTP/1.1')],
    ['an unknown method',               line('FROB /page HTTP/1.1')],
    ['a method in small letters',       line('get /page HTTP/1.1')],
    ['TRACE',                           line('TRACE /page HTTP/1.1')],
    ['CONNECT',                         line('CONNECT h:80 HTTP/1.1')],
    ['a body',                          "POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"],
    ['an empty body',                   "POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"],
    ['a length with zeros before',      "POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 0004\r\n\r\nbody"],
    ['a body in chunks',                "POST /page HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"],
    ['chunks and a length',             "POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ['an unknown coding',               "POST /page HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x\r\n\r\n"],
    ['a length that is none',           get('Content-Length: 1x')],
    ['a length below 0',                get('Content-Length: -1')],
    ['an empty length',                 get('Content-Length:')],
    ['a length beyond all numbers',     get('Content-Length: 99999999999999999999')],
    ['two equal lengths',               get('Content-Length: 0', 'Content-Length: 0')],
    ['two lengths',                     get('Content-Length: 0', 'Content-Length: 1')],
    ['a folded field',                  get('X-A: b', ' c')],
    ['a field folded with a tab',       get('X-A: b', "\tc")],
    ['a fold of nothing',               get('X-A: b', ' ')],
    ['a fold first',                    "GET /page HTTP/1.1\r\n X-A: b\r\nHost: h\r\n\r\n"],
    ['line feeds alone',                "GET /page HTTP/1.1\nHost: h\n\n"],
    ['a line feed alone in one line',   "GET /page HTTP/1.1\r\nHost: h\nX-A: b\r\n\r\n"],
    ['a line feed alone at the end',    "GET /page HTTP/1.1\r\nHost: h\r\n\n"],
    ['a carriage return in a value',    get("X-A: b\rc")],
    ['two carriage returns',            get("X-A: b\r")],
    ['an empty line first',             "\r\n" . get()],
    ['a field twice',                   get('X-A: b', 'X-B: c', 'X-A: d')],
    ['a field twice, in another case',  get('X-A: b', 'x-a: d', 'X-a:')],
    ['cookies twice',                   get('Cookie: a=b', 'Accept: x', 'Cookie: c=d')],
    ['a field twice, beyond the limit', get('X-A: ' . 'b' x 1500, 'X-A: ' . 'c' x 1500)],
    ['a field twice, within the limit', get('X-A: ' . 'b' x 900, 'X-A: ' . 'c' x 900)],
    ['60 fields',                       get(map { "X-$_: $_" } 1 .. 59)],
    ['100 fields',                      get(map { "X-$_: $_" } 1 .. 99)],
    ['101 fields',                      get(map { "X-$_: $_" } 1 .. 100)],
    ['the longest line',                line('GET /' . 'l' x (1000 - 14) . ' HTTP/1.1')],
    ['a line that is too long',         line('GET /' . 'l' x (1001 - 14) . ' HTTP/1.1')],
    ['the longest field',               get('X-A: ' . 'b' x 1995)],
    ['a field that is too long',        get('X-A: ' . 'b' x 1996)],
    ['a field that is longer yet',      get('X-A: ' . 'b' x 2001)],
    ['no Host',                         "GET /page HTTP/1.1\r\nX-A: b\r\n\r\n"],
    ['no field at all',                 "GET /page HTTP/1.1\r\n\r\n"],
    ['two Hosts',                       get('Host: b')],
    ['two equal Hosts',                 get('Host: h')],
    ['an empty Host',                   "$other\r\nHost:\r\n\r\n"],
    (map { ["Host: $_", "$other\r\nHost: $_\r\n\r\n"] }
        'h:80', 'H.Example:8080', 'a_b', 'a..b', '123', '1.2.3.4', '1.2.3', 'a/b', 'h:x', '[::1]:80', '[::1', 'a b', "\xc3\xa4", 'a.1b', 'h.', 'a@b'),
    ['HTTP/1.0',                        "GET /page HTTP/1.0\r\n\r\n"],
    ['HTTP/1.0 that stays',             "GET /page HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n"],
    ['HTTP/1.2',                        line('GET /page HTTP/1.2')],
    ['HTTP/2.0',                        line('GET /page HTTP/2.0')],
    ['http/1.1',                        line('GET /page http/1.1')],
    ['HTTP/0.9',                        line('GET /page HTTP/0.9')],
    ['HTTP/1.10',                       line('GET /page HTTP/1.10')],
    ['an absolute target',              line('GET http://x/page HTTP/1.1')],
    ['a target with two slashes',       line('GET //x/page HTTP/1.1')],
    ['a target that is no path',        line('GET page HTTP/1.1')],
    ['OPTIONS *',                       line('OPTIONS * HTTP/1.1')],
    ['a fragment',                      line('GET /page#a HTTP/1.1')],
    ['an encoded slash',                line('GET /a%2fb HTTP/1.1')],
    ['an encoded NUL',                  line('GET /a%00b HTTP/1.1')],
    ['a percent sign alone',            line('GET /a%b HTTP/1.1')],
    ['steps upwards',                   line('GET /a/../b/./c HTTP/1.1')],
    ['more steps upwards than there are', line('GET /../../b HTTP/1.1')],
    ['bytes of UTF-8 in the target',    line("GET /\xc3\xa4 HTTP/1.1")],
    ['two spaces',                      line('GET  /page HTTP/1.1')],
    ['a tab in the line',               line("GET\t/page HTTP/1.1")],
    ['a space at the end of the line',  line('GET /page HTTP/1.1 ')],
    ['a space in the target',           line('GET /pa ge HTTP/1.1')],
    ['a DEL in the target',             line("GET /pa\x7fge HTTP/1.1")],
    ['a NUL in the line',               line("GET /pa\0ge HTTP/1.1")],
    ['a space before the colon',        get('X-A : b')],
    ['a tab before the colon',          get("X-A\t: b")],
    ['no colon',                        get('Nonsense')],
    ['no name',                         get(': b')],
    ['a name with a bracket',           get('X(A: b')],
    ['a name with a byte above 127',    get("X-\xe4: b")],
    ['an empty value',                  get('X-A:')],
    ['a value of blanks',               get("X-A: \t  ")],
    ['blanks around a value',           get("X-A:  \t b  c \t ")],
    ['no blank before a value',         get('X-A:b')],
    ['bytes above 127 in a value',      get("X-A: \xc3\xa4 \xff\x80")],
    ['a tab in a value',                get("X-A: b\tc")],
    ['a NUL in a value',                get("X-A: b\0c")],
    ['a DEL in a value',                get("X-A: b\x7fc")],
    ['a bell in a value',               get("X-A: b\x07c")],
    ['Connection: close',               get('Connection: close')],
    ['Connection lists a name',         get('Connection: X-A', 'X-A: b')],
    ['Keep-Alive',                      get('Connection: keep-alive', 'Keep-Alive: 5')],
    ['Expect with a body',              "POST /page HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"],
    ['Expect without a body',           get('Expect: 100-continue')],
    ['an unknown Expect',               get('Expect: x')],
    ['an empty Expect',                 get('Expect:')],
    ['Upgrade',                         get('Connection: Upgrade', 'Upgrade: foo')],
    ['Upgrade to h2c',                  get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA')],
    ['TE and trailers',                 get('TE: trailers', 'Trailer: X-A')],
);

# What a client makes of it: the status, whether a 100 came before, the answer (the echo: what the backend received), and
# whether the connection goes on. No request may answer for another: the one behind has a word of its own.
sub outcome ($client, $bytes) {
    my $method = $bytes =~ /^HEAD/ ? 'HEAD' : 'GET';
    $client->send($bytes);
    my $answer = $client->read_response(method => $method) or return 'closed';
    my @interim = map { $_->status } $answer->interim;
    my $body = $answer->body =~ s/^X-Forwarded-.*?\r\n//gmr =~ s/(?:127\.\d+\.\d+\.\d+|localhost):?\d*/ME/gr;
    my $next = $client->request(path => '/behind') if !$client->can_read(0) && ($answer->header('Connection') // '') ne 'close';
    return join "\n", "@interim", $answer->status, $answer->header('Connection') // '-', $body,
        $next && $next->body =~ m{^GET /behind } ? 'goes on' : 'ends';
}

# Each client has an address of its own, by which the log knows it: the kernel gives a port that is free again to the next.
for my $number (0 .. $#cases) {
    my ($name, $bytes) = @{ $cases[$number] };
    my $new  = $httpd->client(from => "127.1.0.$number");
    my $used = used_client($httpd, from => "127.1.1.$number");
    is outcome($used, $bytes), outcome($new, $bytes), $name;
}

# Several in one packet, plain and odd ones in turn, one with a body: each is read from where the one before ends.
my $plain  = get('X-A: 1');
my $body   = "POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
my $folded = get('X-A: b', ' c');
my $client = used_client($httpd);
$client->send($plain . $body . "\r\n" . $folded . $plain . $body . $plain);
is join(' ', map { my $answer = $client->read_response; $answer ? $answer->body =~ /^(\w+).*?(body)?\z/s && $1 . ($2 // '') : 'closed' } 1 .. 6),
    'GET POSTbody GET GET POSTbody GET', 'one behind the other';

# What the log tells of the request, with as many bytes as came. (Where the MPM has the connection, mod_reqtimeout looks for
# the first byte of a later request before it reads it, and httpd counts that byte twice.)
my $counts_right = is_ours() && !engine_is_off();
$httpd->stop;
my %lines;
for my $line (grep { !m{ /(?:used|behind) } } split /\n/, $httpd->log_file('heads.log')) {
    my ($address, $text) = split / /, $line, 2;
    push @{ $lines{$address} }, $counts_right ? $text : $text =~ s/^\d+ //r;
}
is_deeply $lines{"127.1.1.$_"}, $lines{"127.1.0.$_"}, "the log: $cases[$_][0]" for 0 .. $#cases;
cmp_ok scalar keys %lines, '>', 1.9 * @cases, 'and most are there';

done_testing;
