use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads still_there used_client);
use CxxProxy::Httpd;

# Timeout and mod_reqtimeout, for the first, the second and the third request of a connection: an unfinished request line ends in
# silence, unfinished headers and bodies in 408.
my $backend = CxxProxy::Backend->named('x');
my @halves = (
    ['half a line',            "GET / HTT",                                                                       'closed'],
    ['an empty line',          "\r\n",                                                                            'closed'],
    ['a line',                 "GET / HTTP/1.1\r\n",                                                              408],
    ['half a header',          "GET / HTTP/1.1\r\nHost: h\r\nX-Slow",                                             408],
    ['headers without end',    "GET / HTTP/1.1\r\nHost: h\r\n",                                                   408],
    ['half a body',            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf",                    408],
    ['no body',                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n",                        408],
    ['half a large body',      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" . 'x' x 100_000,   408],
    ['half a chunk',           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",        408],
    ['half a chunk size',      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5",               408],
    ['no last chunk',          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",  408],
);

my %limit = (Timeout => "Timeout 1", RequestReadTimeout => "RequestReadTimeout header=1 body=1");
for my $kind (sort keys %limit) {
    for my $half (@halves) { $half->[3] = [] }
    my $httpd = few_threads(threads => 60, modules => $kind eq 'Timeout' ? [] : ['reqtimeout'], config => <<"CONF");
KeepAliveTimeout 20
$limit{$kind}
ProxyPass / http://$backend/
CONF
    # All at once: else it would take a second each.
    my $idle = used_client($httpd);
    my @waiting;
    for my $half (@halves) {
        for my $used (0 .. 2) {
            my $client = $httpd->client;
            $client->request for 1 .. $used;
            push @waiting, [$client, $used, @$half];
        }
    }
    $_->[0]->send($_->[3]) for @waiting;
    for my $case (@waiting) {
        my ($client, $used, $name, undef, $expected) = @$case;
        my $response = $client->read_response;
        is $response ? $response->status : 'closed', $expected, "$kind: $name, after $used requests";
        is $response->header('Connection'), 'close' if $response;
        ok $client->is_closed;
    }
    ok still_there($idle), 'a connection without a request is not meant';
    is $idle->request->body, 'x';

    # One line for each 408 of a later request; an unfinished first line of a later request is no request.
    my @log = $httpd->log_lines('access_log', 4 + 3 * @halves + 3 * grep { $_->[2] eq '408' } @halves);
    is scalar(grep { / 408 / } @log), 2 + 3 * grep({ $_->[2] eq '408' } @halves), 'as many 408s in the log';
}

# Who sends a byte now and then keeps within Timeout, but not within a limit for the whole head.
my $hosts = CxxProxy::Httpd->virtual_host(undef, 'RequestReadTimeout header=0 body=0')
    . CxxProxy::Httpd->virtual_host(limited => 'RequestReadTimeout header=1 body=1');
my $httpd = few_threads(modules => ['reqtimeout'], ports => ['limited'], config => <<"CONF");
Timeout 2
ProxyPass / http://$backend/
$hosts
CONF
my @slow    = map { [$_, CxxProxy::RawClient->connect($_)] } $httpd->port, $httpd->port('limited');
$_->[1]->request for @slow;
my $head = "GET / HTTP/1.1\r\nHost: h\r\nX-Dribbles: yes";
for my $byte (split //, $head) {
    $_->[1]->send($byte) for @slow;
    select undef, undef, undef, 0.1;
}
ok still_there($slow[0][1]), 'a slow head within Timeout';
$slow[0][1]->send("\r\n\r\n");
is $slow[0][1]->read_response->body, 'x';
my $response = $slow[1][1]->read_response;
is $response ? $response->status : 'closed', 'closed', 'and one beyond RequestReadTimeout: its line was not even there';

done_testing;
