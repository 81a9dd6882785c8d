use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $a = CxxProxy::Backend->teller('a');
my $b = CxxProxy::Backend->teller('b');
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /app/sub http://$a/first
ProxyPass /app     http://$b/second
ProxyPass /wide    http://$a/wide
ProxyPass /wide/deep http://$b/deep
<VirtualHost *:__PORT__>
    ServerName vhost.test
    ProxyPass /app/vhost http://$a/vhost
    ProxyPass /own       http://$a/own
</VirtualHost>
CONF

sub maps ($uri, $expected, @headers) { is $httpd->answer($uri, @headers), $expected, "$uri -> $expected" }

maps '/app/sub/x',   'a/first/x';
maps '/app/other',   'b/second/other';
maps '/wide/deep/x', 'a/wide/deep/x';     # no longest-prefix sort
maps '/app/vhost/x', 'b/second/vhost/x';  # the main server's mappings come before the vhost's
maps '/own/x',       'a/own/x';

done_testing;
