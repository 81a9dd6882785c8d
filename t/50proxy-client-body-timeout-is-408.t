use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(reqtimeout)], config => <<"CONF");
RequestReadTimeout body=1
ProxyPass / http://$backend/
CONF

my $client = $httpd->client;
$client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
is $client->read_response->status, 408;
ok $client->is_closed;
is scalar(my @requests = grep { $_->{complete} } $backend->requests), 0, 'no backend saw a complete request';

done_testing;
