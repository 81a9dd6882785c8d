use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPassMatch ^/img/(.*)\$          http://$backend/pictures/\$1
ProxyPassMatch ^/two/([a-z]+)/(\\d+) http://$backend/\$2/\$1/\$0
ProxyPassMatch ^/plain/             http://$backend/base
ProxyPassMatch [.]dat\$             http://$backend
ProxyPassMatch ^/opt(/x)?/y         http://$backend/opt\$1
ProxyPassMatch ^/n/(.*)             http://$backend/q/\$1/\$2/\$9
ProxyPassMatch ^/nope/(.*)\$ !
CONF

sub maps ($uri, $expected) { is $httpd->answer($uri), $expected, "$uri -> $expected" }

maps '/img/a/b.png',     '/pictures/a/b.png';
maps '/img/a?x=1&y=%20', '/pictures/a?x=1&y=%20';
maps '/two/abc/42/rest', '/42/abc//two/abc/42';       # the unmatched rest is lost
maps '/plain/x/y',       '/base/plain/x/y';          # no back-reference used: the whole URI is appended
maps '/deep/a.dat',      '/deep/a.dat';
maps '/a.dat/no',        404;
maps '/opt/y',           '/opt';
maps '/opt/x/y',         '/opt/x';
maps '/n/v',             '/q/v//';
maps '/img/%41%20%3b%25', '/pictures/A%20;%25';      # matched decoded, encoded again
maps '/img/%3F',         '/pictures/%3F';
maps '/img/',            '/pictures/';
maps '/nope/x',          404;

done_testing;
