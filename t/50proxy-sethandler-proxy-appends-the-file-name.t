use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

my $tcp  = CxxProxy::Backend->teller('tcp');
my $unix = CxxProxy::Backend->teller('unix', unix => 1);
my $path = $unix->path;
my $httpd = CxxProxy::Httpd->start(
    modules => [qw(mime env setenvif)],
    files   => { 'htdocs/dir/a.app' => 'local', 'htdocs/dir/A B.app' => 'local', 'htdocs/dir/plain.txt' => 'local', 'htdocs/u/x' => 'local',
        'htdocs/hta/.htaccess' => qq(SetHandler "proxy:http://$tcp"\n), 'htdocs/hta/x' => 'local' },
    config => <<"CONF");
<Files "*.app">
    SetHandler "proxy:http://$tcp"
</Files>
<Location /u>
    SetHandler "proxy:unix:$path|http://localhost/base"
</Location>
<Location /case>
    SetHandler "proxy:http://$tcp/Mixed/Case"
</Location>
<Location /expr>
    SetHandler "proxy:http://$tcp/%{HTTP:X-Where}"
</Location>
<Directory __ROOT__/htdocs/hta>
    AllowOverride FileInfo
</Directory>
AddHandler "proxy:http://$tcp/added" .ext
CONF
my $root = $httpd->root . '/htdocs';

sub maps ($uri, $expected, @headers) { is $httpd->answer($uri, @headers), $expected, "$uri -> $expected" }

maps '/dir/a.app',            "tcp$root/dir/a.app";
maps '/dir/a.app?q=1',        "tcp$root/dir/a.app?q=1";
maps '/dir/a.app/path/info',  "tcp$root/dir/a.app";
maps '/dir/A%20B.app',        "tcp$root/dir/A%20B.app";
maps '/dir/plain.txt',        'local';
maps '/u/x',                  "unix/base$root/u/x";
maps '/hta/x',                "tcp$root/hta/x";
maps '/case/missing',         per_stack(stock => "tcp/mixed/case$root/case", ours => "tcp/Mixed/Case$root/case");
maps '/expr/x',               "tcp/abc$root/expr", 'X-Where' => 'abc';

done_testing;
