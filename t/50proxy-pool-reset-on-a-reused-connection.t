use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# Each connection answers once, then takes a second request and hangs up without an answer.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request or return;
    $connection->reply(200, 'x');
    $connection->read_request or return;
    $connection->note('hung up');
});

sub second_answer ($client, $method) {
    my $response = $client->request(method => $method, $method eq 'POST' ? (body => 'hello') : ());
    return $response ? $response->status : 'closed';
}

for my $method (qw(GET POST)) {
    my $httpd = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/ max=1");
    my $ours  = $method eq 'GET' ? 200 : 502;    # what may be repeated, ours repeats on a fresh connection
    my $client = $httpd->client;
    is $client->request->body, 'x';
    is second_answer($client, $method), per_stack(stock => 'closed', ours => $ours),
        "$method on a reused client connection: repeated if that is safe; stock closes, so that the client tries again";
    $httpd->stop;

    $httpd->start_again;
    is $httpd->get('/')->body, 'x';
    is second_answer($httpd->client, $method), per_stack(stock => 502, ours => $ours), "$method on a new client connection";
}

done_testing;
