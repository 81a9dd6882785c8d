use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(used_client);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours per_stack);

# Where no engine can be, or it is off, a thread serves each request: the answers are the same.
my $off     = per_stack(stock => '', ours => 'CxxProxyEngine Off');
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->wait_for_release($1) if $path =~ m{^/slow/(\w+)};
        if ($path =~ /chunks/) {
            $connection->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for my $n (1 .. 3) { $connection->wait_for_release("$path$n" =~ s{.*/}{}r); $connection->send_chunk("piece $n\n") }
            $connection->end_chunks;
            next;
        }
        $connection->reply($path =~ m{^/(\d\d\d)} ? $1 : 200, $path =~ m{/size/(\d+)} ? 's' x $1 : "$path $request->{length}");
    }
});
my $closed = CxxProxy::Backend->closed;
my $common = <<"CONF";
KeepAliveTimeout 60
ProxyPass /local !
ProxyPass /down http://$closed
ProxyPass / http://$backend/
ErrorDocument 503 /sorry
CONF
my %files = (files => { 'htdocs/local/file.txt' => 'a file' });

my @servers = (
    ['prefork', mpm => 'prefork', children => 5, config => $common],
    ['worker',  mpm => 'worker',  threads => 10, config => $common],
    ['event, off', mpm => 'event', threads => 10, config => "$off\n$common"],
    ['event, off for the virtual host', mpm => 'event', threads => 10, config => <<"CONF"],
$common
<VirtualHost *:__PORT__>
    ServerName other.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName proxy.test
    $off
</VirtualHost>
CONF
);
for my $server (@servers) {
    my ($name, @option) = @$server;
    my $httpd = CxxProxy::Httpd->start(%files, @option);
    my @clients = map { used_client($httpd) } 1 .. 2;
    for my $client (@clients) {
        is $client->request(path => "/$_")->body, "/$_ 0", "$name: request $_" for 1 .. 5;
        is $client->request(path => '/local/file.txt')->body, 'a file';
        is $client->request(path => '/404')->status, 404;
        is $client->request(path => '/size/2000000')->body, 's' x 2_000_000, 'a large answer';
        is $client->request(method => 'POST', path => '/up', body => 'u' x 300_000, chunked => $_)->body, '/up 300000', 'an upload' for 0, 1;
        is $client->request(method => 'HEAD', path => '/head')->status, 200;
        $client->send(join '', map { "GET $_ HTTP/1.1\r\nHost: proxy.test\r\n\r\n" } '/p1', '/local/file.txt', '/p2');
        is $client->read_response->body, $_, 'pipelined' for '/p1 0', 'a file', '/p2 0';
    }
    my $word = $name =~ s/\W//gr;
    $clients[0]->send("GET /chunks/$word HTTP/1.1\r\nHost: proxy.test\r\n\r\n");
    for my $n (1 .. 3) { $backend->release("$word$n"); like $clients[0]->read_until(qr/piece $n\n/), qr/piece $n\n/, "piece $n" }
    $clients[0]->read_until(qr/0\r\n\r\n/);
    is $clients[1]->request(path => '/down')->body, '/sorry 0', 'an error document';
    is $clients[0]->request(path => '/last', headers => [Connection => 'close'])->body, '/last 0';
    ok $clients[0]->is_closed;
    $httpd->graceful;
    is $httpd->get('/after')->body, '/after 0', 'after a graceful restart';

    # Off is off: so many requests at the backend as there are threads, and no more.
    next unless $name =~ /off/ && is_ours();
    my $before  = $backend->requests;
    my @waiting = map { $httpd->client } 1 .. 15;
    $_->send("GET /slow/$word HTTP/1.1\r\nHost: proxy.test\r\n\r\n") for @waiting;
    $backend->wait_for_requests($before + 10);
    is scalar($backend->requests) - $before, 10, 'a thread each';
    $backend->release($word);
    is scalar(grep { $_->read_response->body eq "/slow/$word 0" } @waiting), 15, 'and all are answered';
}

done_testing;
