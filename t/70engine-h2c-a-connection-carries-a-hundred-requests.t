use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Engine qw(few_threads);
use CxxProxy::Http2Backend;
use CxxProxy::Stack qw(engine_is_off is_ours);
use CxxProxy::Wait qw(await);

# Without h2streams= a connection of HTTP/2 carries a hundred requests at once, if its backend takes so many; the next
# request gets another connection.
plan skip_all => 'stock modules: a connection for each request at once' unless is_ours();
plan skip_all => 'the engine is off: a hundred at once need a hundred threads' if engine_is_off();
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $backend = CxxProxy::Http2Backend->start({ '/slow' => [['note', 'slow'], ['wait', 'slow'], ['reply', 200, 'slow']] },
    settings => { 3 => 1000 }, most => 1000);
my $httpd = few_threads(stack => ['proxy_http2'], config => <<"CONF");
CxxProxyReactors 1
ProxyTimeout 60
ProxyPass / h2c://$backend/
CONF

my @clients;

sub ask ($count) {
    for (1 .. $count) {
        push @clients, my $client = $httpd->client;
        $client->send("GET /slow HTTP/1.1\r\nHost: proxy.test\r\n\r\n");
    }
    await(@clients . ' requests at the backend', sub { @clients <= grep { $_ eq 'slow' } $backend->notes });
}

ask(100);
is $backend->connection_count, 1,   'a hundred at once share one connection';
is $backend->most_open_here,   100, 'all of them at once';
ask(1);
is $backend->connection_count, 2, 'one more gets another connection';
$backend->release('slow');
is scalar(grep { $_->read_response->body eq 'slow' } @clients), 101, 'all are answered';
done_testing;
