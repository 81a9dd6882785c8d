use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_stock);

# Good answers with a few bytes changed by loaded dice (CXXPROXY_SEED throws them anew). Whatever comes of it, the client
# reads clean lines, and the next client its own answer.
my $seed   = $ENV{CXXPROXY_SEED} // 42;
my $rounds = $ENV{CXXPROXY_ROUNDS} // 250;
srand $seed;
my @good = (
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: one\r\n two\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: X-A\r\nX-A: b\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nSet-Cookie: a=b; path=/; domain=x\r\n\r\n",
    "HTTP/1.0 302 Found\r\nLocation: http://backend.test/x\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: \"x\"\r\n\r\n",
);
my @pieces = ("\r", "\n", "\r\n", "\0", "\x0b", "\x7f", "\xff", ' ', "\t", ':', ';', ',', '-', '+', '0', '9', 'f', 'x' x 100, "\r\n\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "HTTP/1.1 200 OK\r\n", "Connection: close\r\n", '"', '%');
sub mutated () {
    my $bytes = $good[rand @good];
    for (1 .. 1 + int rand 3) {
        my $at = int rand length $bytes;
        my $do = int rand 4;
        substr $bytes, $at, $do == 0 ? 0 : $do == 1 ? 1 : $do == 2 ? 1 + int rand 5 : 0, $do == 1 ? '' : $pieces[rand @pieces];
    }
    return $bytes;
}
my @answers = map { mutated() } 1 .. $rounds;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($number) = $request->{head} =~ m{^\S+ /odd-(\d+) } or do { answer_with_target($connection, $request); next };
        my $half = length($answers[$number]) / 2;
        $number % 3 ? $connection->send($answers[$number]) : $connection->send_split($answers[$number], $half);
        $connection->half_close;
    }
});
my $httpd = CxxProxy::Httpd->start(threads => 8, config => <<"CONF");
Timeout 20
MaxKeepAliveRequests 0
ProxyPass / http://$backend/ max=1 retry=0
ProxyPassReverse / http://backend.test/
ProxyPassReverseCookiePath / /public
ProxyPassReverseCookieDomain x y.test
CONF
my @bad;
my $client;
for my $number (0 .. $#answers) {
    $client //= $httpd->client(limit => 10);
    my $what = "seed $seed, answer $number: " . ($answers[$number] =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger);
    my $good = eval {
        my $response = $client->request(path => "/odd-$number");
        if (!$response) { $client = undef; push @bad, "$what: no answer" unless is_stock(); 1 }
        else {
            my @heads = map { $_->head } is_stock() ? () : $response->interim, $response;
            push @bad, "$what: unclean " . $_ for grep { /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n|\n[ \t]/ } @heads;
            push @bad, "$what: framed twice" if !is_stock() && 1 < (() = $response->head =~ /^(?:Content-Length|Transfer-Encoding):/gmi);
            if ($response->complete && $response->framing ne 'close') {
                my $next = $client->request(path => "/next-$number");
                push @bad, "$what: the next answer is " . $next->body if $next && !told($next, "/next-$number") && !(is_stock() && $next->status eq '502');
                $client = undef unless $next;
            }
            else { $client = undef }
            # The backend hangs up without a word; the stock modules may notice that only with the next request.
            my $canary = ask($httpd, "/canary-$number");
            push @bad, "$what: the canary" unless told($canary, "/canary-$number") || is_stock() && $canary && $canary->status eq '502';
        }
        1;
    };
    push @bad, "$what: $@" unless $good;
    $client = undef unless $good;
}
is join("\n", @bad), '', "$rounds odd answers";

done_testing;
