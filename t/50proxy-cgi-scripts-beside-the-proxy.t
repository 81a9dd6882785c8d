use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# A handler that takes its time must not hold up anybody else, and the connection goes on afterwards.
my $backend = CxxProxy::Backend->teller('proxied ');
my $script  = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\ncat\nwhile test ! -e \"\$SCRIPT_FILENAME.go\"; do sleep 0.05; done\necho done \$QUERY_STRING\n";
my $httpd   = CxxProxy::Httpd->start(modules => [qw(cgid alias)], files => { 'cgi/slow' => $script }, config => <<"CONF");
ScriptSock __ROOT__/run/cgisock
ProxyPass /cgi !
ScriptAlias /cgi/ __ROOT__/cgi/
ProxyPass / http://$backend/
CONF

my $client = $httpd->client;
is $client->request(path => '/first')->body, 'proxied /first';
$client->send("GET /cgi/slow?1 HTTP/1.1\r\nHost: h\r\n\r\n");
is $httpd->answer("/other$_"), "proxied /other$_", 'others are served meanwhile' for 1 .. 3;
$httpd->write_file('cgi/slow.go', '');
is $client->read_response->body, "done 1\n";
is $client->request(path => '/second')->body, 'proxied /second', 'the same connection';
is $client->request(method => 'POST', path => '/cgi/slow?2', body => "a body\n")->body, "a body\ndone 2\n";
is $client->request(path => '/third')->body, 'proxied /third';

done_testing;
