use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(still_there);
use CxxProxy::Httpd;
use CxxProxy::Wait qw(await);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->wait_for_release if $request->{head} =~ m{/late};
        $connection->reply(200, $request->{head} =~ /^\S+ (\S+)/ ? $1 : '');
    }
});
my $httpd = CxxProxy::Httpd->start(children => 2, threads => 20, config => <<"CONF");
KeepAliveTimeout 60
LogFormat "%P %U" pid
CustomLog "__ROOT__/logs/pids" pid
ProxyPass / http://$backend/
CONF

# The log tells which child holds which connection.
my (%of, @clients);
until (keys %of == 2 && 5 <= (sort { $a <=> $b } map { scalar @$_ } values %of)[0]) {
    die "one child takes all connections\n" if @clients > 300;
    my @round;
    for (1 .. 8) {
        push @round, $httpd->client;
        $round[-1]->send("GET /used/" . (@clients + @round) . " HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    $_->read_response for @round;
    push @clients, @round;
    %of = ();
    push @{ $of{ $_->[0] } }, $clients[$_->[1] - 1] for map { [m{^(\d+) /used/(\d+)}] } $httpd->log_lines('pids', scalar @clients);
}
my ($dies, $lives) = sort keys %of;
is $_->request(path => '/again')->body, '/again' for @clients;
my @late = map { $_->[0] } @of{ $dies, $lives };
$_->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n") for @late;
$backend->wait_for_requests(2 * @clients + 2);

kill 'KILL', $dies;
is scalar(grep { !$_->is_closed } @{ $of{$dies} }), 0, 'its connections are gone';
is scalar(grep { !still_there($_) } @{ $of{$lives} }), 0, "the other child's are not";
$backend->release;
is $late[1]->read_response->body, '/late', 'what was under way there is answered';
is scalar(grep { $_->request(path => '/on')->body ne '/on' } @{ $of{$lives} }), 0, 'and they go on';
await('a new child', sub { 2 == $httpd->children && !grep { $_ == $dies } $httpd->children });
is scalar(grep { $httpd->get("/new/$_")->body ne "/new/$_" } 1 .. 20), 0, 'new connections are served';

done_testing;
