use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif env)],
    files  => { 'htdocs/early.txt' => 'local', 'htdocs/late.txt' => 'local', 'htdocs/EARLY.txt' => 'local' }, config => <<"CONF");
ProxyPass / http://$backend/
SetEnvIf Request_URI /early   no-proxy=0
SetEnvIf Request_URI /EARLY   NO-PROXY
<Location /late.txt>
    SetEnv no-proxy 1
</Location>
CONF

is $httpd->answer('/early.txt'), 'local', 'SetEnvIf acts in time, any value will do';
is $httpd->answer('/EARLY.txt'), 'local', 'the case of its name does not matter';
is $httpd->answer('/late.txt'), '/late.txt', 'SetEnv is too late';
is $httpd->answer('/other.txt'), '/other.txt';

done_testing;
