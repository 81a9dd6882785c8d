use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;

# Good requests with a few bytes changed by loaded dice (CXXPROXY_SEED throws them anew). What reaches the backend is
# always clean, framed once, and complete; and what follows gets its own answer.
my $seed   = $ENV{CXXPROXY_SEED} // 42;
my $rounds = $ENV{CXXPROXY_ROUNDS} // 250;
srand $seed;
my @good = (
    "POST /odd?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nX-A: one\r\n two\r\n\r\nhello",
    "POST /odd HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: X-A\r\nX-A: b\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n",
    "GET http://h/odd/%41%2e/x HTTP/1.1\r\nHost: h\r\nMax-Forwards: 3\r\nUpgrade: x\r\n\r\n",
    "PUT /odd HTTP/1.0\r\nHost: h:80\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc",
    "HEAD /odd;a=b/../c HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nVia: 1.0 x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
);
my @pieces = ("\r", "\n", "\r\n", "\0", "\x0b", "\x7f", "\xff", ' ', "\t", ':', ';', ',', '-', '+', '0', '9', 'f', 'x' x 100, "\r\n\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "GET /SMUGGLED HTTP/1.1\r\n", "Connection: close\r\n", '"', '%', '%0d%0a', '/../', '//', '?', '#', '@');
sub mutated () {
    my $bytes = $good[rand @good];
    for (1 .. 1 + int rand 3) {
        my $at = int rand length $bytes;
        my $do = int rand 4;
        substr $bytes, $at, $do == 0 ? 0 : $do == 1 ? 1 : $do == 2 ? 1 + int rand 5 : 0, $do == 1 ? '' : $pieces[rand @pieces];
    }
    return $bytes;
}
my $backend = CxxProxy::Backend->start(sub ($connection) { while (my $request = $connection->read_request) { answer_with_target($connection, $request) } });
my $httpd   = CxxProxy::Httpd->start(threads => 8, config => "Timeout 20\nProxyPass / http://$backend/ max=1 retry=0");
my @bad;
for my $number (0 .. $rounds - 1) {
    my $bytes  = mutated();
    my $what   = "seed $seed, request $number: " . ($bytes =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger);
    my $client = $httpd->client(limit => 10);
    $client->send($bytes);
    $client->half_close;
    my $all = eval { $client->read_all };
    push @bad, "$what: $@" unless defined $all;
    push @bad, "$what: the canary" if $number % 10 == 9 && !told(ask($httpd, "/canary-$number"), "/canary-$number");
}
is join("\n", @bad), '', "$rounds odd requests are answered, and the canary is";
my @arrived = $backend->requests;
is scalar(grep { $_->{head} !~ m{\A[^\x00-\x20\x7f]+ [^\x00-\x20\x7f]+ HTTP/1\.1\r\n} } @arrived), 0, 'good request lines';
is scalar(grep { $_->{head} =~ /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n|\n[ \t]/ } @arrived), 0, 'clean lines';
is scalar(grep { 1 < (() = $_->{head} =~ /^(?:Content-Length|Transfer-Encoding):/gmi) } @arrived), 0, 'framed once';
is scalar(grep { 1 != (() = $_->{head} =~ /^Host:/gmi) } @arrived), 0, 'one Host';
is scalar(grep { 1 != (() = $_->{head} =~ /^X-Forwarded-Server:/gmi) } @arrived), 0, 'fields of ours';
is scalar(grep { !$_->{complete} } @arrived), 0, 'complete';
cmp_ok scalar(@arrived), '>', $rounds / 5, scalar(@arrived) . ' requests arrived';

done_testing;
