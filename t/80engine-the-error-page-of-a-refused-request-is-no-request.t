use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);

# The core refuses it while it reads it, and looks for the configured page by itself.
my $backend = CxxProxy::Backend->teller;
my $httpd   = few_threads(modules => ["alias"], config => <<"CONF", files => { 'htdocs/sorry.html' => 'sorry' });
ErrorDocument 400 /local/sorry.html
Alias /local __ROOT__/htdocs
<Directory __ROOT__/htdocs>
    Require all granted
</Directory>
ProxyPass /local !
ProxyPass / http://$backend/
CONF

for my $bad ("GET /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "G\x01T /x HTTP/1.1\r\nHost: h\r\n\r\n") {
    my $client = used_client($httpd);
    $client->send($bad);
    is $client->read_response->status, 400, 'refused';
    is $client->read_all, '', 'with one answer';
}
is $httpd->get('/x')->body, '/x', 'others are served';
is scalar(grep { / 400 / } $httpd->log_lines('access_log', 10)), 3, 'and logged once each';

done_testing;
