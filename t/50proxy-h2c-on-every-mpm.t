use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(in_processes);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;

# h2c:// members with threads and without, alone and many at once.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $backend = CxxProxy::Http2Backend->start({ '/up' => [['report']], '/slow' => [['pause', 0.05], ['reply', 200, 'slow']] });
for my $mpm (qw(event worker prefork)) {
    my $httpd = CxxProxy::Httpd->start(mpm => $mpm, children => 2, threads => 8, stack => ['proxy_http2'], config => <<"CONF");
KeepAliveTimeout 1
ProxyPass / h2c://$backend/
CONF
    my $client = $httpd->client;
    is length($client->request(path => '/size/500000')->body), 500_000, "$mpm: an answer";
    like $client->request(method => 'POST', path => '/up', body => 'x' x 200_000)->body, qr/^200000 /, "$mpm: an upload";
    like $client->request(method => 'POST', path => '/up', body => 'x' x 200_000, chunked => 1)->body, qr/^200000 /, 'in chunks';
    $client->close;
    my @served = in_processes(8, sub ($number) {
        join ' ', map { $httpd->answer('/slow') eq 'slow' && length $httpd->answer("/size/70000") == 70_000 ? 'good' : 'bad' } 1 .. 5;
    });
    is_deeply \@served, [('good good good good good') x 8], "$mpm: eight clients at once";
    $httpd->graceful;
    is length($httpd->answer('/size/1000')), 1000, "$mpm: after a graceful restart";
    $httpd->stop;
}
is_deeply [$backend->troubles], [];
done_testing;
