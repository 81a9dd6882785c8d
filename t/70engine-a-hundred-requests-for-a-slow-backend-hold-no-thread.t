use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads ours_only still_there used_client);

ours_only();

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->wait_for_release($1) if $path =~ m{/(new|used)/};
        $connection->reply(200, $path =~ /quick/ ? 'quick' : "$path " . 'x' x 5000);
    }
});
my $httpd = few_threads(config => "ProxyPass / http://$backend/");
my $quick = used_client($httpd);

# On connections of their own, and on connections that were used before.
for my $kind (qw(new used)) {
    my @clients = map { $kind eq 'new' ? $httpd->client : used_client($httpd) } 1 .. 100;
    my $before  = $backend->requests;
    $clients[$_]->send("GET /$kind/$_ HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. $#clients;
    $backend->wait_for_requests($before + 100);
    answers_meanwhile('a hundred wait', $httpd, '/quick', 'quick', $quick) for 1 .. 3;
    is scalar(grep { still_there($_) } @clients), 100, 'they all wait still';

    $backend->release($kind);
    my @wrong = grep { my $answer = $clients[$_]->read_response; !$answer || $answer->body ne "/$kind/$_ " . 'x' x 5000 } 0 .. $#clients;
    is_deeply \@wrong, [], "each gets its own answer ($kind connections)";
    @wrong = grep { my $answer = $clients[$_]->request(path => "/next/$_"); !$answer || $answer->body ne "/next/$_ " . 'x' x 5000 } 0 .. $#clients;
    is_deeply \@wrong, [], 'and one to a further request';
}

done_testing;
