use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->note($request->{head} =~ m{^GET (\S+)});
        $connection->wait_for_release if $request->{head} =~ /hold/;
        $connection->reply(200, 'done');
    }
});
my $httpd = CxxProxy::Httpd->start(threads => 8, config => <<"CONF");
ProxyPass /limited http://$backend/limited max=1 acquire=100
ProxyPass /patient http://$backend/patient max=1
ProxyPass /two     http://$backend/two     max=2 acquire=100
CONF

sub begin ($path) {
    my $client = $httpd->client;
    $client->send("GET $path HTTP/1.1\r\nHost: h\r\n\r\n");
    return $client;
}

my $holder = begin('/limited/hold');
$backend->wait_for_note('/limited/hold');
is $httpd->get('/limited/x')->status, 503, 'the only connection is taken, and nobody waits for ever';

my @holders = map { begin("/two/hold$_") } 1 .. 2;
$backend->wait_for_note("/two/hold$_") for 1 .. 2;
is $httpd->get('/two/x')->status, 503, 'both of two are taken';

my $first = begin('/patient/hold');
$backend->wait_for_note('/patient/hold');
my $second = begin('/patient/waits');
ok !$second->can_read(0.2), 'without acquire it waits';

$backend->release;
is $_->read_response->body, 'done' for $holder, @holders, $first, $second;
is $httpd->get('/limited/x')->body, 'done', 'the connection is free again';

done_testing;
