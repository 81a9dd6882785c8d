use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: the filter\'s code is printed as an error of the system' unless is_ours();

# What httpd's own filters refuse is no error of the system, and the log does not take it for one.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_head;
    $connection->note('begun');
    1 while length $connection->read_some;
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
CONF

# Of a body that is read ahead, and of one that is on its way to a member.
for my $well ('', sprintf "%x\r\n%s\r\n", 200_000, 'x' x 200_000) {
    my $client = $httpd->client;
    $client->send("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n$well");
    $backend->wait_for_note('begun') if $well;
    $client->send("zz\r\n");
    is $client->read_response->status, 400, 'the client hears of it';
}
my @said = $httpd->error_log =~ /(AH(?:01095|02608): .*)/g;
is_deeply [map { substr $_, 0, 7 } @said], [qw(AH01095 AH02608)], 'a line each' or diag $httpd->error_log;
like $_, qr/: a filter has refused it\)$/, 'which says so' for @said;
unlike $httpd->error_log, qr/Unknown error/, 'and of no error that nobody knows';

done_testing;
