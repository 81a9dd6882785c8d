use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);
use CxxProxy::Wait qw(await);

# A child that has served its share makes room for a new one; what it has under way it ends.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->wait_for_release if $request->{head} =~ m{/late};
        $connection->reply(200, $request->{head} =~ /^\S+ (\S+)/ ? $1 : '');
    }
});
my $httpd = few_threads(config => <<"CONF");
MaxConnectionsPerChild 30
LogFormat "%P %U" pid
CustomLog "__ROOT__/logs/pids" pid
ProxyPass / http://$backend/
CONF
my ($first) = $httpd->children;

my $late = used_client($httpd);
$late->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
$backend->wait_for_requests(3);
my @wrong;
for my $number (1 .. 75) {
    my $client = $httpd->client;
    for my $turn (1 .. 3) {
        my $response = $client->request(path => "/$number/$turn");
        last if !$response && $turn > 1;    # an idle connection may end with its child
        push @wrong, "$number/$turn" unless $response && $response->body eq "/$number/$turn";
        last if !$response || ($response->header('Connection') // '') eq 'close';
    }
}
is_deeply \@wrong, [], 'every request is answered';
ok !$late->can_read, 'the late one waits';
ok kill(0, $first), 'and its child with it';
$backend->release;
is $late->read_response->body, '/late', 'until it is answered';
await('the end of the first child', sub { !kill 0, $first });
my %pids = map { (split)[0] => 1 } $httpd->log_lines('pids', 76);
cmp_ok scalar(keys %pids), '>=', 3, 'children have taken turns';

done_testing;
