use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads used_client);
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);

# A connection is closed while its client still sends. What comes is read, or the kernel would answer it with a reset, which
# takes away what the client has not read yet.
my $answer  = join '', map { sprintf '%7d ', $_ } 1 .. 25_000;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($number) = $request->{head} =~ m{/last/(\d)} or do { $connection->reply(200, 'quick'); next };
        $connection->wait_for_release($number);
        $connection->reply(200, $answer);
    }
});
my $reactors = is_ours() ? 'CxxProxyReactors 1' : '';
my $httpd    = few_threads(config => "KeepAliveTimeout 60\n$reactors\nProxyPass / http://$backend/");
my $quick    = used_client($httpd);

# Bytes that have arrived at the server and that it has not read.
sub unread ($client) {
    my $ends = sprintf ' 0100007F:%04X 0100007F:%04X ', $httpd->port, $client->socket->sockport;
    return CxxProxy::Httpd::slurp('/proc/net/tcp') =~ /$ends\S+ [0-9A-F]+:([0-9A-F]+)/ ? hex $1 : 0;
}

# Until nobody takes any more.
sub send_much ($client, $most) {
    my $sent = 0;
    $client->socket->blocking(0);
    while ($sent < $most && IO::Select->new($client->socket)->can_write(0.2)) { $sent += syswrite($client->socket, 'x' x 65536) // 0 }
    $client->socket->blocking(1);
    return $sent;
}

for my $used (0, 1, 3) {
    my $client = $httpd->client(receive_buffer => 8192);
    # After large uploads the kernel takes more ahead.
    $client->request(method => 'POST', path => '/up', body => 'u' x (16 << 20)) for 1 .. $used;
    $client->send("GET /last/$used HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    ok send_much($client, 8 << 20), "after $used requests: more behind the last request";
    cmp_ok unread($client), '>', 0, 'nobody has read it: ' . unread($client);
    $backend->release($used);
    $client->can_read(20) or die "no answer\n";
    await('all of it to be read', sub { unread($client) == 0 });
    ok send_much($client, 4 << 20), 'and more of it';
    await('all of this to be read', sub { unread($client) == 0 });
    answers_meanwhile('it lingers', $httpd, '/quick', 'quick', $quick);
    my $response = $client->read_response;
    ok $response && $response->complete && $response->body eq $answer, 'the whole answer';
    is $client->read_all, '', 'and then the end';
    ok !$client->was_reset, 'which is no reset';
}

done_testing;
