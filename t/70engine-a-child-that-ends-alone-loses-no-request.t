use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads in_processes used_client);
use CxxProxy::Stack qw(engine_is_off is_ours);
use CxxProxy::Wait qw(await wait_for);

# A child may end while others go on: it has served its share, or the MPM has threads to spare. Then an answer says when it is the
# last of its connection, and no connection is closed under a request that is just being sent.
plan skip_all => 'only the engine leaves what is idle some time' unless is_ours() && !engine_is_off();

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->pause(0.03);    # long enough to be parked
        $connection->reply(200, $request->{head} =~ /^\S+ (\S+)/ ? $1 : '');
    }
});
my $httpd = few_threads(children => 2, config => <<"CONF");
MaxConnectionsPerChild 20
KeepAliveTimeout 60
ProxyPass / http://$backend/
CONF
my @first = $httpd->children;
my @idle  = map { used_client($httpd) } 1 .. 6;

sub keep_asking ($number, $end) {
    my ($client, $asked, @lost) = (undef, 0);
    until (-e $end) {
        $client = $httpd->client unless $client;
        my $path     = sprintf '/%d/%d', $number, ++$asked;
        my $response = eval { $client->request(path => $path) };
        push @lost, $path unless $response && $response->body eq $path;
        # A new one now and then, so that the children have their share soon.
        my $over = !$response || ($response->header('Connection') // '') eq 'close' || $asked % 7 == 0;
        $client = undef if $over;
    }
    return { asked => $asked, lost => \@lost };
}

my $end     = $httpd->root . '/run/enough';
my @results = in_processes(8, sub ($number) { keep_asking($number, $end) }, sub {
    my %seen = map { $_ => 1 } @first;
    wait_for(sub { $seen{$_} = 1 for $httpd->children; keys %seen >= 6 });
    $httpd->write_file('run/enough', '');
});
is_deeply $_->{lost} // $_, [], "a client that asked $_->{asked} times" for @results;

await('the end of the first children', sub { !grep { kill 0, $_ } @first });
is scalar(grep { $_->is_closed } @idle), 6, 'what was idle is closed in the end';

done_testing;
