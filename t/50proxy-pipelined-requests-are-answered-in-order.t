use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(files => { 'htdocs/local.txt' => 'local' }, config => <<"CONF");
ProxyPass /local.txt !
ProxyPass / http://$backend/
CONF

my $client = $httpd->client;
my @paths  = map { $_ % 4 ? "/p$_" : '/local.txt' } 1 .. 20;
my $bytes  = join '', map { "GET $_ HTTP/1.1\r\nHost: h\r\n\r\n" } @paths;
$client->send($bytes);
is $client->read_response->body, $_ =~ /local/ ? 'local' : $_ for @paths;

my $mixed = "POST /one HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /two HTTP/1.1\r\nHost: h\r\n\r\n"
    . "POST /three HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /four HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
$client->send_split($mixed, 7);
is $client->read_response->body, $_, "$_, cut at any byte" for qw(/one /two /three /four);
ok $client->is_closed, 'closed as asked';

done_testing;
