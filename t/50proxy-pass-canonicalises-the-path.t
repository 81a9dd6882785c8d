use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps q{/abcXYZ019~$-_.+!*'(),;:@&=/}, q{/abcXYZ019~$-_.+!*'(),;:@&=/};
maps '/%61%62%7e%24',   '/ab~$';
maps '/a%20b',          '/a%20b';
maps '/%c3%a9',         '/%C3%A9';
maps '/%C3%A9',         '/%C3%A9';
maps '/%22%3c%3e%5b%5d%5e%60%7b%7c%7d%5c', '/%22%3C%3E%5B%5D%5E%60%7B%7C%7D%5C';
maps '/a%23b',          '/a%23b';
maps '/a%25b',          '/a%25b';
maps '/a%3fb',          '/a%3Fb';
maps '/a%01%7f',        '/a%01%7F';
maps '/x?a=%41&b=%zz&c',  '/x?a=%41&b=%zz&c';
maps '/x?a?b',          '/x?a?b';
maps '/x?',             '/x?';
maps '/a/./b/../c',     '/a/c';
maps '/a//b',           '/a/b';
maps '/%zz',            400;
maps '/a%2Fb',          404;
maps '/a%00b',          404;
maps '/x?a"<>{}|^`\\[]',  '/x?a"<>{}|^`\\[]';

done_testing;
