use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(seconds_for);
use CxxProxy::Http2Backend;
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# HTTP/2 on both sides: fifty requests at once on a client's connection, none of which is forgotten.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $backend = CxxProxy::Http2Backend->start({
    '/get'   => [['reply', 200, 'hello']],
    '/up'    => [['report']],
    '/early' => [['head', 200], ['body'], ['data', 'x', 1]],
    '/parts' => [['head', 200], ['data', 'a'], ['pause', 0.01], ['data', 'b'], ['pause', 0.01], ['data', 'c', 1]],
});
my $httpd = CxxProxy::Httpd->start(modules => ['http2'], stack => ['proxy_http2'], config => <<"CONF");
Protocols h2c http/1.1
ProxyTimeout 10
ProxyPass / h2c://$backend/
CONF

my @kinds = (
    ['GET', { path => '/get' }, 5], ['GET of an answer in parts', { path => '/parts' }, 3],
    ['POST', { path => '/up', body => { size => 10 } }, 35], ['POST of 50000 bytes', { path => '/up', body => { size => 50_000 } }, 38],
    ['POST with an early head', { path => '/early', body => { size => 1000 } }, 1],
);
for my $round (1 .. 3) {
    for my $kind (@kinds) {
        my ($what, $request, $length) = @$kind;
        my %came;
        my $seconds = seconds_for(sub { $came{"$_->{status} $_->{length} $_->{ended}"}++ for CxxProxy::Http2Client->ask($httpd->port, ($request) x 50) });
        is_deeply \%came, { "200 $length end" => 50 }, "fifty times $what";
        cmp_ok $seconds, '<', 9, 'and none waits for a timeout';
    }
}
is $backend->connection_count, 1, 'all over one connection, which the threads share' if is_ours();
is_deeply [$backend->troubles], [];
done_testing;
