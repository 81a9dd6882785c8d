use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);

# Whatever may be wrong with a request is found, and said, on the second and third request of a connection as on the first.
my $backend = CxxProxy::Backend->teller;
my $httpd   = few_threads(files => { 'htdocs/file.txt' => 'a file' }, config => <<"CONF");
KeepAliveTimeout 2
ProxyPass /file.txt !
ProxyPass / http://$backend/
CONF

my $fine = "GET /fine HTTP/1.1\r\nHost: h\r\n\r\n";
my $wide = join '', map { "X-Wide-$_: " . 'w' x 600 . "\r\n" } 1 .. 60;    # 36 KB
my @cases = (
    ['nothing odd',                  $fine,                                                        200],
    ['an empty line before it',      "\r\n$fine",                                                  200],
    ['three empty lines before it',  "\r\n\r\n\r\n$fine",                                          200],
    ['line feeds alone',             "GET /fine HTTP/1.1\nHost: h\n\n",                            400],
    ['wide headers',                 "GET /fine HTTP/1.1\r\nHost: h\r\n$wide\r\n",                 200],
    ['a long line',                  'GET /' . 'l' x 8000 . " HTTP/1.1\r\nHost: h\r\n\r\n",        200],
    ['a folded header',              "GET /fine HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n",      200],
    ['an absolute URL',              "GET http://proxy.test/fine HTTP/1.1\r\nHost: h\r\n\r\n",     200],
    ['OPTIONS *',                    "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",                      200],
    ['a method nobody knows',        "FROBNICATE /fine HTTP/1.1\r\nHost: h\r\n\r\n",               200],
    ['no method',                    " /fine HTTP/1.1\r\nHost: h\r\n\r\n",                         400],
    ['no version',                   "GET /fine\r\n\r\n",                                          'no head'],
    ['no version, one line',         "GET /fine\r\n",                                              'no head'],
    ['an old version',               "GET /fine HTTP/0.9\r\n\r\n",                                 400],
    ['a version to come',            "GET /fine HTTP/3.0\r\nHost: h\r\n\r\n",                      200],
    ['no HTTP, one line',            "HELO there\r\n",                                             400],
    ['no HTTP',                      "HELO there\r\n\r\n",                                         400],
    ['TLS on the plain port',        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",       400],
    ['a space in the path',          "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",                       400],
    ['no Host',                      "GET /fine HTTP/1.1\r\n\r\n",                                 400],
    ['two Hosts',                    "GET /fine HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",           400],
    ['a header without a colon',     "GET /fine HTTP/1.1\r\nHost: h\r\nNonsense\r\n\r\n",          400],
    ['a space before the colon',     "GET /fine HTTP/1.1\r\nHost: h\r\nX-A : b\r\n\r\n",           400],
    ['a NUL in a header',            "GET /fine HTTP/1.1\r\nHost: h\r\nX-A: b\0c\r\n\r\n",         400],
    ['a line that is too long',      'GET /' . 'l' x 9000 . " HTTP/1.1\r\nHost: h\r\n\r\n",        414],
    ['a header that is too long',    "GET /fine HTTP/1.1\r\nHost: h\r\nX: " . 'w' x 9000 . "\r\n\r\n", 400],
    ['too many headers',             "GET /fine HTTP/1.1\r\nHost: h\r\n" . "X: 1\r\n" x 200 . "\r\n", 400],
    ['two lengths',                  "POST /fine HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400],
    ['a length that is none',        "POST /fine HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\nab", 400],
    ['a chunk size that is none',    "POST /fine HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400],
    ['Upgrade to what is not known', "GET /fine HTTP/1.1\r\nHost: h\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n", 200],
);

for my $case (@cases) {
    my ($name, $bytes, $expected) = @$case;
    for my $used (0 .. 3) {
        my $client = $httpd->client;
        # The last of three is local: then the connection is with the MPM again.
        $client->request(path => $_ == 3 ? '/file.txt' : '/before') for 1 .. $used;
        $client->send($bytes);
        my $what = "$name, after $used requests";
        if ($expected eq 'no head') { is $client->read_all, '/fine', $what; next }
        my $response = $client->read_response;
        is $response ? $response->status : 'closed', $expected, $what;
        if ($expected == 200) {
            my $next = $client->request(path => '/after');
            is $next ? $next->body : 'closed', '/after', 'the next one';
        }
        else { ok $client->is_closed, 'and closed' }
    }
}

# An odd one behind good ones, all sent at once: those before it are answered.
for my $case (grep { $_->[2] =~ /^[45]/ && $_->[0] !~ /body|chunk size/ } @cases) {
    my ($name, $bytes, $expected) = @$case;
    my $client = $httpd->client;
    $client->send($fine . $fine . $bytes . $fine);
    my @seen = map { my $response = $client->read_response; $response ? $response->status : 'closed' } 1 .. 4;
    is "@seen", "200 200 $expected closed", "$name, pipelined";
}

done_testing;
