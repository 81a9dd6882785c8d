use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Backend;
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::RealBackend;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(die_with_parent end_process);

# What comes behind a body gets to an HTTP/2 client; and gRPC, which lives on it, goes through the proxy in all its ways.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $backend = CxxProxy::Http2Backend->start({
    '/one'     => [['head', 200], ['data', 'a body'], ['trailers', ['x-sum', '6', 'x-more', 'yes']]],
    '/length'  => [['head', 200, ['content-length', 6]], ['data', 'a body'], ['trailers', ['x-sum', '6']]],
    '/empty'   => [['head', 200], ['trailers', ['grpc-status', '0', 'x-sum', '0']]],
    '/large'   => [['head', 200], ['data', { size => 1_000_000 }], ['trailers', ['x-sum', '1000000']]],
    '/slow'    => [['head', 200], ['data', 'now '], ['wait', 'body'], ['data', 'then'], ['wait', 'trailers'], ['trailers', ['x-sum', '8']]],
    '/error'   => [['head', 404], ['data', 'none'], ['trailers', ['x-sum', '4']]],
    '/only'    => [['head', 200, ['grpc-status', '5', 'content-type', 'application/grpc'], 1]],
    '/up'      => [['report']],
});
my $httpd = CxxProxy::Httpd->start(modules => ['http2'], stack => ['proxy_http2'], config => <<"CONF");
Protocols h2c http/1.1
ProxyPass / h2c://$backend/
CONF
sub ask (@requests) { CxxProxy::Http2Client->ask($httpd->port, @requests) }
sub trailers_at_backend () { (grep { $_->{path} eq '/up' } $backend->requests)[-1]{trailers} }
sub said ($answer) { join ' ', $answer->{status} // '-', $answer->{length}, $answer->{ended}, @{ $answer->{trailers} // [] } }

my %answer;
my @paths = qw(/one /length /large /empty /error /only);
@answer{@paths} = CxxProxy::Http2Client->ask_in_turn($httpd->port, map { { path => $_ } } @paths);
is said($answer{'/one'}),    '200 6 end x-sum 6 x-more yes', 'trailers';
is said($answer{'/length'}), '200 6 end x-sum 6', 'behind a body of a known length';
is said($answer{'/large'}),  '200 1000000 end x-sum 1000000', 'behind a large one';
is said($answer{'/empty'}),  per_stack(stock => '200 0 end', ours => '200 0 end grpc-status 0 x-sum 0'), 'behind none';
is said($answer{'/error'}),  '404 4 end x-sum 4', 'of an error page';
is said($answer{'/only'}),   '200 0 end', 'a head that is all there is';
is +CxxProxy::Http2Client->field($answer{'/only'}, 'grpc-status'), 5, 'is whole';

my $root = $httpd->root;
my @marks = map { $backend->mark($_) } qw(body trailers);    # with which the client lets the backend go on
is said(ask({ path => '/slow', marks => \@marks })), '200 8 end x-sum 8', 'what comes bit by bit is passed on at once';

my ($up) = ask({ path => '/up', body => 'x' x 1000, trailers => ['x-client', 'yes'] });
like $up->{body}, qr/^1000 /, 'a request with trailers has its body';
is_deeply trailers_at_backend(), ['x-client', 'yes'], 'the backend gets them';
my $chunked = $httpd->client;
$chunked->send("POST /up HTTP/1.1\r\nHost: proxy.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Client\r\n\r\n");
$chunked->send("5\r\nhello\r\n0\r\nX-Client: yes\r\nX-More: too\r\n\r\n");
like $chunked->read_response->body, qr/^5 /, 'so has one in chunks';
is_deeply trailers_at_backend(), ['x-client', 'yes', 'x-more', 'too'], 'which arrive, too';
is $chunked->request(path => '/one')->body, 'a body', 'and its connection goes on';
is said(ask({ path => '/only' })), '200 0 end', 'and the next request works';
my $plain = $httpd->get('/one');
is $plain->body . ($plain->complete ? ', whole' : ', cut'), 'a body, whole', 'a client of HTTP/1.1 gets the body';

SKIP: {
    skip 'nghttpd is needed', 1 if CxxProxy::RealBackend->missing('nghttpd');
    my $nghttpd = CxxProxy::RealBackend->start('nghttpd', CxxProxy::RealBackend->files(file => 100_000), arguments => ['--trailer=x-real: yes']);
    $httpd->graceful("Protocols h2c http/1.1\nProxyPass / h2c://$nghttpd/\n");
    is said(ask({ path => '/files/file' })), '200 100000 end x-real yes', 'trailers of nghttpd';
}

# --- gRPC: the real one ---
my $python = CxxProxy::Http2Backend->python;
SKIP: {
    skip 'python3-grpcio is needed', 8 if system("$python -c 'import grpc' 2>/dev/null") != 0;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my ($server, $port) = started($python, CxxProxy::Http2Backend->program('grpc_server'), "$root/run/go");
    $httpd->graceful("Protocols h2c http/1.1\nProxyPass / h2c://127.0.0.1:$port/\n");
    my %came = map { /^([^:]+): (.*)/ ? ($1 => $2) : () }
        split /\n/, qx($python @{[ CxxProxy::Http2Backend->program('grpc_client') ]} @{[ $httpd->port ]} $root/run/go 2>$root/run/said);
    diag CxxProxy::Httpd::slurp("$root/run/said") if keys %came < 8;
    is $came{unary}, 'hello OK begun this', 'gRPC: a call, its metadata before and after';
    is $came{large}, 'True', 'gRPC: a message of two megabytes';
    is $came{'server streaming'}, '1 2 3 4 5 OK', 'gRPC: the server streams, and each message comes when it is sent';
    is $came{'client streaming'}, '5050', 'gRPC: the client streams';
    is $came{'both streaming'}, 'ONE TWO', 'gRPC: both stream, and answer each other';
    is $came{error}, 'NOT_FOUND no such thing', 'gRPC: an error';
    like $came{unknown}, qr/^UNIMPLEMENTED /, 'gRPC: a method that is not there';
    is $came{fifty}, 'True', 'gRPC: fifty calls at once';
    end_process($server);
}

# A process that ends with this one, and the first line it says.
sub started (@command) {
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        die_with_parent(15);
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>&', $to;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    close $to;
    chomp(my $line = <$from> // die "$command[1] did not start\n");
    return ($pid, $line);
}

is_deeply [$backend->troubles], [];
done_testing;
