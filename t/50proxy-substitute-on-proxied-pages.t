use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while ($connection->read_request) { $connection->reply(200, "<a href='http://inner.test/x'>\n" x 3000, 'Content-Type' => 'text/html') }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(substitute filter)], config => <<"CONF");
ProxyPass / http://$backend/
AddOutputFilterByType SUBSTITUTE text/html
Substitute "s|http://inner.test/|/outer/|n"
CONF

my $client = $httpd->client;
for (1 .. 2) {
    my $response = $client->request;
    is $response->body, "<a href='/outer/x'>\n" x 3000, 'a filter that changes the length';
    is $response->framing, 'chunked';
}

done_testing;
