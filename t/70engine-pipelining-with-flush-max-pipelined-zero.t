use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads settled used_client);
use CxxProxy::Stack qw(is_ours);

# FlushMaxPipelined 0 makes the core write out each answer before the next request: it waits for the client to read it.
my $large   = join '', map { sprintf '%7d ', $_ } 1 .. 2500;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->reply(200, $path =~ /large/ ? $large : $path);
    }
});
my $reactors = is_ours() ? 'CxxProxyReactors 1' : '';
my $httpd    = few_threads(files => { 'htdocs/file.txt' => 'a file' }, config => <<"CONF");
FlushMaxPipelined 0
KeepAliveTimeout 60
SendBufferSize 32768
$reactors
ProxyPass /file.txt !
ProxyPass / http://$backend/
CONF
sub get ($path) { "GET $path HTTP/1.1\r\nHost: h\r\n\r\n" }

for my $client ($httpd->client, used_client($httpd)) {
    my @paths = map { $_ % 7 ? "/$_" : '/file.txt' } 1 .. 40;
    $client->send(join '', map { get($_) } @paths);
    is $client->read_response->body, $_ eq '/file.txt' ? 'a file' : $_, "$_, pipelined" for @paths;
    is $client->request(path => '/then')->body, '/then', 'and the connection goes on';
}

# Those who pipeline and do not read keep nobody else waiting, however little of an answer was left to write.
my $quick   = used_client($httpd);
my @clients = map { used_client($httpd, receive_buffer => 8192) } 1 .. 3;
my $count   = 60;
$_->send(get('/large') x $count) for @clients;
$_->can_read(20) or die "no answer begins\n" for @clients;
settled(sub { scalar $backend->requests });
cmp_ok scalar(grep { m{/large} } $backend->request_lines), '<', 3 * $count, 'they are held up';
answers_meanwhile('nobody reads', $httpd, '/quick', '/quick', $quick) for 1 .. 3;
for my $client (@clients) {
    is scalar(grep { my $answer = $client->read_response; $answer && $answer->body eq $large } 1 .. $count), $count, 'they get all';
    is $client->request(path => '/then')->body, '/then';
}

done_testing;
