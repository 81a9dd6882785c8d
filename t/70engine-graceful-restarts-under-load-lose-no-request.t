use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(in_processes);
use CxxProxy::Httpd;
use CxxProxy::RawClient;
use CxxProxy::Wait qw(wait_for);

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->pause(0.03) if $path =~ /slow/;
        $connection->reply(200, "$path $request->{length} " . ($path =~ /large/ ? 'l' x 200_000 : ''));
    }
});
my $httpd = CxxProxy::Httpd->start(children => 2, files => { 'htdocs/local.txt' => 'local' }, config => <<"CONF");
AsyncRequestWorkerFactor 100
MaxKeepAliveRequests 37
ProxyPass /local.txt !
ProxyPass / http://$backend/
CONF

# A client that keeps its connection, or takes one for each request. An answer may be missing once if the connection had been
# used before and not a byte of it came: then the server has closed it while nothing was under way.
sub keep_asking ($number, $end) {
    my ($kept, $client, $used, $asked, $again, @lost) = ($number % 3 > 0);
    until (-e $end) {
        my $path = sprintf '/%s/%d/%d', ('quick', 'slow', 'large', 'up')[$asked++ % 4], $number, $asked;
        my $size = $path =~ /up/ ? 30_000 : 0;
        my $body = "$path $size " . ($path =~ /large/ ? 'l' x 200_000 : '');
        ($path, $body, $size) = ('/local.txt', 'local', 0) if $asked % 20 == 0;
        for my $attempt (1, 2) {
            ($client, $used) = (CxxProxy::RawClient->connect($httpd->port), 0) unless $client;
            my $sent     = eval { $client->send(CxxProxy::RawClient::request_bytes(path => $path, ($size ? (method => 'POST', body => 'u' x $size) : ()))) };
            my $response = eval { $client->read_response };
            my $nothing  = !defined $response && $client->{eof};
            if ($nothing && $used && $attempt == 1) { $client = undef; $again++; next }
            if (!$response || !$response->complete || $response->body ne $body) {
                push @lost, "$path: " . ($response ? $response->status . ' ' . $response->body_length : "no answer, $used before it $@");
                $client = undef;
            }
            last;
        }
        $client = undef if !$kept || $client && ++$used && $client->{eof};
        $client = undef if $client && $used > 37;
    }
    return { asked => $asked, again => $again // 0, lost => \@lost };
}

my $end     = $httpd->root . '/run/enough';
my @results = in_processes(8, sub ($number) { keep_asking($number, $end) }, sub {
    for my $restart (1 .. 3) {
        my $seen = $backend->requests;
        $httpd->graceful;
        wait_for(sub { $backend->requests > $seen + 100 });
    }
    $httpd->write_file('run/enough', '');
});
my ($asked, $again) = (0, 0);
for my $result (@results) {
    is_deeply $result->{lost} // $result, [], "a client that asked $result->{asked} times";
    $asked += $result->{asked} // 0;
    $again += $result->{again} // 0;
}
cmp_ok $asked, '>', 300, "requests in all ($again were sent again on a fresh connection)";

done_testing;
