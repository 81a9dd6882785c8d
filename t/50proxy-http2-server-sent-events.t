use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'curl with HTTP/2 is needed' unless have('curl') && qx(curl --version) =~ /HTTP2/;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request or return;
    $connection->send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    for my $n (1 .. 4) {
        $connection->wait_for_release("event$n");
        $connection->send("data: $n\n\n");
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(http2)], config => <<"CONF");
Protocols h2c http/1.1
ProxyPass / http://$backend/
CONF

my $pid = open my $pipe, '-|', 'curl', '-sSN', '--max-time', 60, '--http2-prior-knowledge', $httpd->url('/') or die "curl: $!";
for my $n (1 .. 4) {
    $backend->release("event$n");
    is scalar(<$pipe>), "data: $n\n", "event $n";
    is scalar(<$pipe>), "\n";
}
is scalar(<$pipe>), undef, 'the end';

done_testing;
