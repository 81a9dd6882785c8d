use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);
use CxxProxy::Stack qw(engine_is_off is_ours);
use CxxProxy::Wait qw(wait_for);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->wait_for_release if $path =~ /wait/;
        $connection->reply(200, $path =~ /large/ ? 'l' x 102_400 : 'small');
    }
});
my $httpd = few_threads(modules => [qw(status)], files => { 'htdocs/file.txt' => 'a file' }, config => <<"CONF");
ExtendedStatus On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
ProxyPass /status !
ProxyPass /file.txt !
ProxyPass / http://$backend/
<Location /status>
    SetHandler server-status
</Location>
CONF
# On one connection: what was asked before on it is counted.
my $viewer = $httpd->client;
sub status () { return { map { /^([^:]+): (.*)/ ? ($1, $2) : () } split /\n/, $viewer->request(path => '/status?auto')->body } }
# The work gives its answers: as many accesses, and as many bytes with their heads (and those of the page itself).
# Each thread's bytes are rounded to kB.
sub grows ($what, $work) {
    my $before  = status();
    my @answers = $work->();
    my ($after, $bytes, $looks) = ({}, 0, 0);
    $bytes += length($_->head) + $_->body_length for @answers;
    # A request is counted after its answer was sent. The page counts, too: that of before, and each but the last of after.
    my $grown = sub () { $looks++; $after = status(); $after->{'Total Accesses'} - $before->{'Total Accesses'} - $looks };
    my $seen;
    wait_for(sub { ($seen = $grown->()) >= @answers });
    is $seen, scalar(@answers), "$what: accesses";
    cmp_ok abs($after->{'Total kBytes'} - $before->{'Total kBytes'} - $bytes / 1024), '<=', 20, "$what: kBytes";
    cmp_ok $after->{'Total Duration'}, '>=', $before->{'Total Duration'}, "$what: duration";
}
sub each_asks ($clients, @paths) { map { my $client = $_; map { $client->request(path => $_) } @paths } @$clients }

my @clients = map { used_client($httpd) } 1 .. 4;
$httpd->log_lines('access_log', 8);
grows('small ones',         sub { each_asks(\@clients, ('/small') x 50) });
grows('large ones',         sub { each_asks(\@clients, ('/large') x 10) });
grows('in turn with files', sub { each_asks(\@clients, ('/small', '/file.txt') x 10) });
grows('new connections',    sub { map { $httpd->get('/large') } 1 .. 20 });
grows('pipelined', sub {
    $clients[0]->send("GET /small HTTP/1.1\r\nHost: h\r\n\r\n" x 30);
    map { $clients[0]->read_response } 1 .. 30;
});
grows('connections that come and go', sub {
    map { my $client = $httpd->client; my @answers = each_asks([$client], ('/small') x 3); $client->close; @answers } 1 .. 30;
});

# The page itself, with requests that wait: they are not busy workers where no worker waits.
my $seen = $backend->requests;
$_->send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n") for @clients;
$backend->wait_for_requests($seen + 4);
my $status;
wait_for(sub { ($status = status())->{BusyWorkers} <= (is_ours() && !engine_is_off() ? 1 : 5) });
is $status->{BusyWorkers}, is_ours() && !engine_is_off() ? 1 : 5, 'busy workers';
is $status->{BusyWorkers} + $status->{IdleWorkers}, 10, 'and idle ones';
like $httpd->get('/status')->body, qr{Apache Server Status}, 'the page for people';
$backend->release;
is $_->read_response->body, 'small' for @clients;

done_testing;
