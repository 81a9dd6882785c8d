use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# Which worker serves shows in whether connections are kept.
my $backend = CxxProxy::Backend->named('x');
my $other   = CxxProxy::Backend->named('y');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(rewrite)], config => <<"CONF");
ProxyPass /a/fresh http://$backend/a/fresh disablereuse=on
ProxyPass /a       http://$backend/a
ProxyPass /b       http://$other/b
RewriteEngine On
RewriteRule ^/rewrite(.*) HTTP://$backend\$1 [P]
RewriteRule ^/nowhere(.*) http://$other\$1 [P]
CONF

sub connection_of ($uri) {
    is $httpd->get($uri)->status, 200, $uri;
    my ($value) = ($uri =~ /nowhere|\/b/ ? $other : $backend)->last_request->{head} =~ /^Connection: (.*)\r$/m;
    return $value;
}

is connection_of('/a/x'),       'Keep-Alive';
is connection_of('/a/fresh/x'), 'close';
is connection_of('/a/freshx'),  'close',      'a worker is found by bytes, not by segments';
is connection_of('/rewrite/a/fresh/1'), 'close';
is connection_of('/rewrite/a/other'),   'Keep-Alive', 'the case of the scheme does not matter';
is connection_of('/rewrite/A/other'),   'close',      'that of the path does: the generic worker';
is connection_of('/nowhere/z'),         'close',      'no worker has this prefix';
is connection_of('/b/z'),               'Keep-Alive';

done_testing;
