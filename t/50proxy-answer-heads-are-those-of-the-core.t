use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);

# An answer's head is what httpd's core makes of it, byte for byte: with `LogLevel http:trace3` the core writes it (and logs
# it), otherwise it may be written by whoever does it cheaper.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($answer) = $request->{head} =~ /^X-Answer: (.*)\r$/m;
        $connection->send($answer =~ s/\|/\r\n/gr);
    }
});
my $config = join '', map { <<"CONF" } qw(core own);
ProxyPass /$_ http://$backend/x
ProxyPass /$_-headers http://$backend/x
ProxyPass /$_-charset http://$backend/x
ProxyPass /$_-close http://$backend/x
ProxyPass /$_-old http://$backend/x
ProxyPass /$_-deflate http://$backend/x
ProxyPass /$_-odd http://$backend/x
ProxyPass /$_-expr http://$backend/x
ProxyPass /$_-empty http://$backend/x
ProxyPass /$_-framing http://$backend/x
ProxyPass /$_-buffer http://$backend/x
<Location /$_-headers>
Header set X-Set one
Header always set X-Always two
Header append Vary X-More
Header edit Set-Cookie ^ edited-
Header unset Server
</Location>
<Location /$_-odd>
Header set "X(odd)" one
</Location>
<Location /$_-expr>
Header set X-Expr "expr=%{req:X-Answer}"
Header set X-Lines "expr=%{unescape:a%%0D%%0AX-Split: 1}"
Header set Date "expr=%{unescape:a%%0Ab}"
</Location>
<Location /$_-empty>
Header set Server ""
Header set Date ""
Header set Content-Type ""
Header set X-Empty ""
</Location>
<Location /$_-framing>
Header set Content-Length 2
Header set Connection keep-alive
Header set Keep-Alive timeout=99
</Location>
<Location /$_-buffer>
SetOutputFilter BUFFER
Header set Server buffered
Header set Set-Cookie "%D %t" env=nothing
</Location>
<Location /$_-charset>
AddDefaultCharset utf-8
</Location>
<Location /$_-close>
SetEnv nokeepalive
</Location>
<Location /$_-old>
SetEnv downgrade-1.0
SetEnv force-response-1.0
</Location>
<Location /$_-deflate>
SetOutputFilter DEFLATE
</Location>
CONF
my $httpd = few_threads(modules => [qw(headers deflate env filter buffer)], log_level => 'warn', config => <<"CONF");
MaxKeepAliveRequests 7
$config
<LocationMatch "^/core">
LogLevel http:trace3
</LocationMatch>
CONF

my $date   = 'Date: Fri, 20 Nov 2026 10:00:00 GMT';
my $length = 'Content-Length: 2||ok';
my %answer = (
    'nothing but a length'      => "HTTP/1.1 200 OK|$length",
    'the usual'                 => "HTTP/1.1 200 OK|$date|Server: Theirs/1|Content-Type: text/html|ETag: \"1\"|Cache-Control: no-cache|$length",
    'fields twice'              => "HTTP/1.1 200 OK|$date|Set-Cookie: a=1|Set-Cookie: b=2|X-A: 1|x-a: 2|$length",
    'Date twice'                => "HTTP/1.1 200 OK|$date|$date|$length",
    'Server twice'              => "HTTP/1.1 200 OK|$date|Server: a|Server: b|$length",
    'an empty Server'           => "HTTP/1.1 200 OK|$date|Server:|$length",
    'an empty Date'             => "HTTP/1.1 200 OK|Date:|Server: a|$length",
    'no Date, no Server'        => "HTTP/1.1 200 OK|X-A: 1|$length",
    'an empty Content-Type'     => "HTTP/1.1 200 OK|$date|Content-Type:|$length",
    'an empty Connection'       => "HTTP/1.1 200 OK|$date|Connection:|$length",
    'an old HTTP version'       => "HTTP/1.0 200 OK|$date|$length",
    'a reason that is usual'    => "HTTP/1.1 404 Not Found|$date|$length",
    'Keep-Alive'                => "HTTP/1.1 200 OK|$date|Keep-Alive: timeout=1|Connection: Keep-Alive|$length",
    'Upgrade'                   => "HTTP/1.1 200 OK|$date|Upgrade: h2c|Connection: Upgrade|$length",
    'Trailer'                   => "HTTP/1.1 200 OK|$date|Trailer: X-T|$length",
    'ETag and Last-Modified'    => "HTTP/1.1 200 OK|$date|ETag: W/\"1\"|Last-Modified: $date|$length",
    'a length with zeros'       => "HTTP/1.1 200 OK|$date|Content-Length: 0002||ok",
    'a status that closes'      => "HTTP/1.1 413 Request Entity Too Large|$date|$length",
    'Not Implemented'           => "HTTP/1.1 501 Not Implemented|$date|$length",
    'WWW-Authenticate'          => "HTTP/1.1 401 Unauthorized|$date|WWW-Authenticate: Basic realm=\"x\"|$length",
    'a Location of its own'     => "HTTP/1.1 201 Created|$date|Location: http://$backend/x/y|$length",
    'a partial answer'          => "HTTP/1.1 206 Partial Content|$date|Content-Range: bytes 0-1/10|$length",
    'Reset Content'             => "HTTP/1.1 205 Reset Content|$date|Content-Length: 0||",
    'Content-Type twice'        => "HTTP/1.1 200 OK|$date|Content-Type: text/a|X-A: 1|Content-Type: text/b|$length",
    'Vary'                      => "HTTP/1.1 200 OK|$date|Vary: Accept-Encoding|$length",
    'Vary with doubles'         => "HTTP/1.1 200 OK|$date|Vary: a, b,a|Vary: B|$length",
    'an empty Vary'             => "HTTP/1.1 200 OK|$date|Vary:|$length",
    'an empty field'            => "HTTP/1.1 200 OK|$date|X-Empty:|$length",
    'bytes beyond ASCII'        => "HTTP/1.1 200 OK|$date|X-A: \xc3\xa4\tb|$length",
    'Content-Encoding'          => "HTTP/1.1 200 OK|$date|Content-Encoding: gzip|Content-Language: de|$length",
    'a reason of its own'       => "HTTP/1.1 200 Fine|$date|$length",
    'no reason'                 => "HTTP/1.1 404|$date|$length",
    'a status nobody knows'     => "HTTP/1.1 299 What|$date|$length",
    'a redirect'                => "HTTP/1.1 302 Found|$date|Location: http://elsewhere.test/|$length",
    'Bad Request'               => "HTTP/1.1 400 Bad Request|$date|$length",
    'Service Unavailable'       => "HTTP/1.1 503 Service Unavailable|$date|Retry-After: 5|$length",
    'No Content'                => "HTTP/1.1 204 No Content|$date||",
    'Not Modified'              => "HTTP/1.1 304 Not Modified|$date|ETag: \"1\"||",
    'an empty body'             => "HTTP/1.1 200 OK|$date|Content-Length: 0||",
    'in chunks'                 => "HTTP/1.1 200 OK|$date|Transfer-Encoding: chunked||2|ok|0||",
    'a Warning'                 => "HTTP/1.1 200 OK|$date|Warning: 110 a \"x\"|$length",
    'Expires'                   => "HTTP/1.1 200 OK|$date|Expires: 0|Pragma: no-cache|$length",
    'Connection: close'         => "HTTP/1.1 200 OK|$date|Connection: close|$length",
    'many fields'               => "HTTP/1.1 200 OK|$date|" . join('|', map { "X-Field-$_: " . 'v' x $_ } 1 .. 90) . "|$length",
    'a long field'              => "HTTP/1.1 200 OK|$date|X-Long: " . 'l' x 8000 . "|$length",
);
my %request = (
    'GET'            => [],
    'HEAD'           => [method => 'HEAD'],
    'HTTP/1.0'       => [version => '1.0'],
    'old keep-alive' => [version => '1.0', headers => [Connection => 'keep-alive']],
    'keep-alive'     => [headers => [Connection => 'Keep-Alive']],
    'close'          => [headers => [Connection => 'close']],
);

# Both take the same way through a connection of their own; the clock's second may have changed between them.
sub heads ($path, $answer, %part) {
    my $client = $httpd->client;
    my @heads;
    for (1 .. 3) {
        my $response = $client->request(path => $path, %part, headers => [@{ $part{headers} // [] }, 'X-Answer' => $answer]);
        push @heads, $response ? $response->head =~ s/^Date: (?!Fri, 20 Nov 2026 10:00:00).*\r\n/Date: now\r\n/mr . $response->body : 'closed';
        last unless $response && $response->complete && $response->framing ne 'close';
    }
    return join "\n", @heads;
}

for my $name (sort keys %answer) {
    is heads('/own', $answer{$name}, @{ $request{$_} }), heads('/core', $answer{$name}, @{ $request{$_} }), "$name, $_" for sort keys %request;
}
for my $kind (qw(headers charset close old deflate odd expr empty framing buffer)) {
    is heads("/own-$kind", $answer{$_}), heads("/core-$kind", $answer{$_}), "$_, $kind" for sort keys %answer;
}

# One that is the last of its connection says so.
my $client  = $httpd->client;
my @answers = map { $client->request(path => '/own', headers => ['X-Answer' => $answer{'the usual'}]) } 1 .. 8;
is join(' ', map { $_->header('Connection') // '-' } @answers), '- - - - - - - close', 'MaxKeepAliveRequests';
ok $client->is_closed;

done_testing;
