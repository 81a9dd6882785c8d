use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $other   = CxxProxy::Backend->teller('other');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
ProxyPass /secret http://$backend/secret
ProxyPass /prefix http://$backend/prefix
ProxyPass /glob   http://$backend/glob
ProxyPass /re     http://$backend/re
ProxyPass /open   http://$backend/open
ProxyPass /other  http://$other/x
ProxyPass /cluster balancer://cluster/x
ProxyPass /loc    http://$backend/loc
<Proxy balancer://cluster>
    BalancerMember http://$other
    Header set X-Balancer yes
</Proxy>
<Proxy http://$backend/secret>
    Require all denied
</Proxy>
<Proxy http://$backend/prefix/in>
    Require all denied
</Proxy>
<Proxy "http://*/glob/*.php">
    Require all denied
</Proxy>
<ProxyMatch "^http://[^/]*/re/.*\\.bak\$">
    Require all denied
</ProxyMatch>
<Proxy *>
    Header set X-Every yes
</Proxy>
<Proxy http://$other>
    Header set X-Other yes
</Proxy>
<Proxy http://$backend/loc>
    Require all denied
</Proxy>
<Location /loc>
    Require all granted
</Location>
CONF

sub status ($path) { $httpd->get($path)->status }

is status('/open/x'),       200;
is status('/secret'),       403;
is status('/secret/x'),     403;
is status('/secretx'),      404, 'not mapped at all';
is status('/prefix/x'),     200;
is status('/prefix/in'),    403;
is status('/prefix/inside'), 403, 'a section is a prefix of bytes';
is status('/prefix/IN'),    200, 'and of their case';
is status('/glob/x.html'),  200;
is status('/glob/x.php'),   403;
is status('/re/x'),         200;
is status('/re/x.bak'),     403;
is status('/loc/x'),        200, 'a Location has the last word';

is $httpd->get('/other/x')->header('X-Other'), 'yes';
is $httpd->get('/open/x')->header('X-Other'), undef;
is $httpd->get('/open/x')->header('X-Every'), 'yes';
is $httpd->get('/cluster/x')->header('X-Balancer'), 'yes';
is $httpd->get('/cluster/x')->header('X-Other'), undef, 'the balancer\'s section, not the member\'s';
is $httpd->get('/nowhere')->header('X-Every'), undef, 'what is not proxied is not concerned';

done_testing;
