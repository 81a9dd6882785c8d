use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads seconds_for used_client);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# An upload in chunks whose framing comes byte by byte: an extension, the line behind a chunk, trailers. It keeps nobody else
# waiting, ends with the time limits that there are, and else is as good as any other.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->reply(200, "$path $request->{body}");
    }
});
my $hosts    = join '', CxxProxy::Httpd->virtual_host(undef, 'RequestReadTimeout header=0 body=0'),
    CxxProxy::Httpd->virtual_host(limited => 'RequestReadTimeout header=0 body=1'),
    CxxProxy::Httpd->virtual_host(short => 'RequestReadTimeout header=0 body=0', 'Timeout 2');
my $reactors = is_ours() ? 'CxxProxyReactors 1' : '';
my $httpd    = few_threads(threads => 60, modules => ['reqtimeout'], ports => [qw(limited short)], config => <<"CONF");
Timeout 20
KeepAliveTimeout 60
$reactors
ProxyPass / http://$backend/
$hosts
CONF
my $quick = used_client($httpd, path => '/quick');
my $head  = "POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
my %parts = (
    'a size'                         => ["", '0' x 12 . '5', "\r\nhello\r\n0\r\n\r\n"],
    'an extension'                   => ["5", ';name=value;n', "\r\nhello\r\n0\r\n\r\n"],
    'an extension behind a chunk'    => ["3\r\nhel\r\n2", ';name=value;n', "\r\nlo\r\n0\r\n\r\n"],
    'an extension of the last chunk' => ["5\r\nhello\r\n0", ';name=value;n', "\r\n\r\n"],
    'a trailer'                      => ["5\r\nhello\r\n0\r\n", 'X-Trailer: va', "lue\r\n\r\n"],
);

# What becomes of them within RequestReadTimeout, beyond it, and where single bytes keep within Timeout but all of them do not.
my %becomes = (taken => $httpd->port, limited => $httpd->port('limited'), short => $httpd->port('short'));
my @uploads;
for my $kind (sort keys %becomes) {
    for my $part (sort keys %parts) {
        for my $used (0 .. 2) {
            my $client = CxxProxy::RawClient->connect($becomes{$kind}, limit => 10);
            $client->request(path => '/before') for 1 .. $used;
            push @uploads, { client => $client, kind => $kind, name => "$kind: $part, after $used requests", parts => $parts{$part} };
        }
    }
}
$_->{client}->send($head . $_->{parts}[0]) for @uploads;
for my $at (0 .. 12) {
    $_->{client}->send(substr $_->{parts}[1], $at, 1) for @uploads;
    select undef, undef, undef, 0.18;
    answers_meanwhile("byte $at", $httpd, '/quick', '/quick ', $quick) if $at % 6 == 0;
}
sub too_long ($upload) { $upload->{kind} eq 'limited' || is_ours() && $upload->{kind} eq 'short' }
$_->{client}->send($_->{parts}[2]) for grep { !too_long($_) } @uploads;
for my $upload (@uploads) {
    my ($client, $name) = @$upload{qw(client name)};
    my $answer = $client->read_response;
    if (too_long($upload)) {
        # Trailers that do not come are a bad request to some.
        like $answer ? $answer->status : 'closed', qr/^(?:408|400)$/, "$name: too long";
        ok $client->is_closed, 'and the end';
    }
    else {
        is $answer ? $answer->body : 'closed', '/up hello', $name;
        my $next = $client->request(path => '/then');
        is $next ? $next->body : 'closed', '/then ', 'the next request';
    }
}

# Framing that is larger than what is read at a time.
my $trailers = join '', map { sprintf "X-T%d: %s\r\n", $_, 't' x 5000 } 1 .. 12;
for my $used (0 .. 2) {
    my $client = $httpd->client;
    $client->request(path => '/before') for 1 .. $used;
    $client->send("${head}5;" . 'e' x 5000 . "\r\nhello\r\n0\r\n$trailers\r\n");
    is $client->read_response->body, '/up hello', "large trailers, after $used requests";
    $client->send("${head}5\r\nhello\r\n");
    select undef, undef, undef, 0.05;    # behind what was read with the head, else all is there at once
    $client->send("0\r\n$trailers\r\n");
    my $answer;
    my $seconds = seconds_for(sub { $answer = $client->read_response });
    is $answer ? $answer->body : 'closed', '/up hello', 'large trailers that come later';
    cmp_ok $seconds, '<', 2, 'at once';
    is $client->request(path => '/then')->body, '/then ', 'the next request';
}

done_testing;
