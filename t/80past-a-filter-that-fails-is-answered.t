use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);
use CxxProxy::Stack qw(per_stack);

# A filter gives up (here: a line is too long for it) before anything of the answer has left: the client hears of it.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $long = $request->{head} =~ m{/long};
        my $line = 'x' x ($long ? 3000 : 30) . "end\n";
        $connection->send("HTTP/1.1 200 OK\r\nContent-Length: " . 2 * length($line) . "\r\n\r\n$line");
        $connection->wait_for_release('the rest') if $long;
        $connection->send($line);
    }
});
my $httpd = few_threads(modules => [qw(substitute filter)], config => <<"CONF");
ProxyPass / http://$backend/
SetOutputFilter SUBSTITUTE
Substitute "s|end|END|n"
SubstituteMaxLineLength 1k
CONF

for my $kept (0 .. 2) {
    my $client = $httpd->client;
    for (1 .. $kept) { is $client->request(path => '/short')->body, 'x' x 30 . "END\n" . 'x' x 30 . "END\n", 'a line that fits' }
    my $answer = $client->request(path => '/long');
    is $answer ? $answer->status : 'nothing', per_stack(stock => 200, ours => 500), "an answer, after $kept others";
}

done_testing;
