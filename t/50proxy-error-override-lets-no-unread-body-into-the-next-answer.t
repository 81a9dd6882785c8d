use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($size) = $request->{head} =~ m{/(\d+)};
        $connection->reply($size == 1 ? 200 : 404, 'x' x $size);
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyErrorOverride On
ProxyPass / http://$backend/ max=1
CONF

my $client = $httpd->client;
for my $size (2, 20_000, 0, 300_000) {
    my $error = $client->request(path => "/$size");
    is $error->status, 404;
    like $error->body, qr{<h1>Reply</h1>}, "our page instead of $size bytes";
    is $client->request(path => '/1')->body, 'x', 'and the next answer is the next answer';
}

done_testing;
