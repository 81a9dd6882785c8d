use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
AllowEncodedSlashes NoDecode
ProxyPass /raw   http://$backend/r   nocanon
ProxyPass /canon http://$backend/c
ProxyPassMatch ^/re/(.*)\$ http://$backend/re/\$1 nocanon
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/raw/a%2Fb%3b;c%7e',   '/r/a%2Fb%3b;c%7e';
maps '/canon/a%2Fb%3b;c%7e', '/c/a%2Fb;;c~';
maps '/raw/x?q=%2f&r',       '/r/x?q=%2f&r';
maps '/raw//x/./y',          '/r//x/./y';
maps '/raw/%3F',             '/r/%3F';
maps '/re/a%20b?q=1',        '/re/a%20b?q=1';
maps '/r%61w/a%20b',         '/r/a%20b';          # raw and decoded path match differently: nocanon is dropped
maps '/raw/a%01b',           '/r/a%01b';

done_testing;
