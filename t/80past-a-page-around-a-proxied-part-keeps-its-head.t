use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# A local page that includes a proxied part is answered as a local page: with httpd's own Date and Server, whatever is
# configured to be there. The whole page is collected before anything of it leaves, so the part comes before the head is written.
my $backend = CxxProxy::Backend->start(sub ($connection) { $connection->reply(200, 'part') while $connection->read_request });
my %page    = (plain => 'a page', around => 'a <!--#include virtual="/app/part" --> page');
my $httpd   = CxxProxy::Httpd->start(
    modules => [qw(include headers mime filter buffer)],
    files   => { map { ("htdocs/$_.html" => $page{$_}) } keys %page },
    config  => <<"CONF");
DocumentRoot __ROOT__/htdocs
<Directory __ROOT__/htdocs>
    Require all granted
    Options +Includes
    SetOutputFilter INCLUDES;BUFFER
    SSIETag on
    Header set Server mine
    Header set Date never
</Directory>
ProxyPass /app http://$backend/app
CONF

for my $page (qw(plain around plain)) {
    my $answer = $httpd->get("/$page.html");
    is $answer->body, $page eq 'plain' ? 'a page' : 'a part page', $page;
    is $answer->framing, 'length', 'in one piece';
    like $answer->header('Server'), qr/^Apache/, "the server's own name";
    like $answer->header('Date'), qr/ GMT$/, 'and its own date';
}

done_testing;
