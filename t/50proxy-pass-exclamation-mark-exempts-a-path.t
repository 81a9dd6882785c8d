use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(
    files  => { map { ("htdocs/$_" => 'local') } qw(static/a.txt app/images/a.txt app/loc/a.txt re/x.gif late/no/a.txt) },
    config => <<"CONF");
ProxyPass /static !
ProxyPass /app/images ! retry=5 timeout=nonsense
ProxyPassMatch ^/re/.*[.]gif\$ !
ProxyPass /app  http://$backend/app
ProxyPass /re   http://$backend/re
ProxyPass /late http://$backend/late
ProxyPass /late/no !
ProxyPass /static http://$backend/static
<Location /app/loc>
    ProxyPass !
</Location>
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/static/a.txt',     'local';
maps '/app/images/a.txt', 'local';
maps '/app/imagesx',      '/app/imagesx';
maps '/app/x',            '/app/x';
maps '/re/x.gif',         'local';
maps '/re/x.png',         '/re/x.png';
maps '/late/no/a.txt',    '/late/no/a.txt';
maps '/app/loc/a.txt',    'local';

done_testing;
