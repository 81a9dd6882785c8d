use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads ours_only used_client);

# A tunnel needs a thread only while it begins.
ours_only();

my $sockets = CxxProxy::Backend->start(sub ($connection) {
    my $head = $connection->read_head or return;
    $connection->send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    while (length(my $bytes = $connection->read_some)) { $connection->send(uc $bytes) }
});
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) { $connection->reply(200, 'fine') }
});
my $httpd = few_threads(config => <<"CONF");
ProxyPass /ws/ ws://$sockets/ws/
ProxyPass / http://$backend/
CONF

my $used    = used_client($httpd);
my @clients = map { $httpd->client } 1 .. 60;
for my $number (0 .. $#clients) {
    my $client = $clients[$number];
    $client->send("GET /ws/$number HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    my $status = $client->read_response->status;
    is $status, 101, "tunnel $number" if $status != 101;
}
answers_meanwhile('sixty tunnels on ten threads', $httpd, '/', 'fine', $used);
my $good = 0;
for my $round (1 .. 3) {
    $_->send("round $round ") for @clients;
    $good += $_->read_until(qr{ROUND $round }) eq "ROUND $round " for @clients;
}
is $good, 180, 'and each carries what it is given';
answers_meanwhile('they have spoken', $httpd, '/', 'fine', $used);
$_->half_close for @clients;
is scalar(grep { $_->read_all eq '' } @clients), 60, 'each ends when its client does';

done_testing;
