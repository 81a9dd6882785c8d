use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /p http://$backend/x
ProxyPass /s/ http://$backend/t/
ProxyPass /u http://$backend/v/
ProxyPass /w/ http://$backend/x
ProxyPass /a//b http://$backend/ab
ProxyPass noslash http://$backend/never
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/p',          '/x';
maps '/p/',         '/x/';
maps '/p/y',        '/x/y';
maps '/p?q',        '/x?q';
maps '/px',         404;
maps '/P',          404;
maps '/s',          404;
maps '/s/',         '/t/';
maps '/s/y',        '/t/y';
maps '/u',          '/v/';
maps '/u/y',        '/v//y';
maps '/w/y',        '/xy';
maps '/%70/y',      '/x/y';
maps '//p//y',      '/x/y';
maps '/a/b/c',      '/ab/c';
maps '/a//b/c',     '/ab/c';
maps '/a///b///c',  '/ab/c';
maps '/noslash',    404;

done_testing;
