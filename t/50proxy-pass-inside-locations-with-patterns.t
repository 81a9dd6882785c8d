use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<LocationMatch ^/m/(.*)\$>
    ProxyPassMatch http://$backend/match/\$1
</LocationMatch>
<LocationMatch ^/literal/>
    ProxyPass http://$backend/literal
</LocationMatch>
<LocationMatch ^/star/.*>
    ProxyPass http://$backend/star
</LocationMatch>
<Location /glob*>
    ProxyPass http://$backend/glob
</Location>
<Location ~ ^/tilde/(.*)>
    ProxyPassMatch http://$backend/t/\$1
</Location>
<LocationMatch ^/whole/>
    ProxyPassMatch http://$backend/w
</LocationMatch>
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/m/a/b',     '/match/a/b';
maps '/literal/x', 404;                 # a plain ProxyPass compares ^/literal/ byte for byte
maps '/star/x',    '/star/star/x';      # a pattern character makes it a regex
maps '/globs',     '/glob/globs';
maps '/tilde/x',   '/t/x';
maps '/whole/x',   '/w/whole/x';

done_testing;
