use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
MergeSlashes Off
ProxyPass /a//b http://$backend/ab
ProxyPass /c/d  http://$backend/cd
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/a/b/x',    '/ab/x';
maps '/a///b//x', '/ab//x';
maps '//a//b',    '/ab';
maps '/c///d/x',  '/cd/x';
maps '/c/dx',     404;

done_testing;
