use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(auth_basic authn_core authn_file authz_user setenvif)],
    files => { 'conf/users' => "u:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n" }, config => <<"CONF");
ProxyPass / http://$backend/
<Location /private>
    AuthType Basic
    AuthName here
    AuthUserFile __ROOT__/conf/users
    Require valid-user
</Location>
SetEnvIf Request_URI chain proxy-chain-auth
LogFormat "%u %U %>s" users
CustomLog __ROOT__/logs/users users
CONF

my @login = (Authorization => 'Basic dTpzZWNyZXQ=');    # u:secret
my $denied = $httpd->get('/private');
is $denied->status, 401;
is $denied->header('WWW-Authenticate'), 'Basic realm="here"';
is $httpd->request(method => 'POST', path => '/private', body => 'x' x 100_000)->status, 401, 'with a body';
is scalar($backend->requests), 0, 'the backend hears nothing of that';
my $granted = $httpd->get('/private', @login);
is $granted->status, 200;
like $granted->body, qr/^Authorization: Basic dTpzZWNyZXQ=\r$/m, 'the backend gets the credentials';
$httpd->wait_for_log(qr/^u \/private 200$/m, 'users');
pass 'the log knows the user';

my @proxy_login = ('Proxy-Authorization' => 'Basic eDp5');
unlike $httpd->get('/private', @login, @proxy_login)->body, qr/^Proxy-Authorization/m, 'who logged in here does not log in behind';
like $httpd->get('/private/chain', @login, @proxy_login)->body, qr/^Proxy-Authorization/m, 'unless chained';

done_testing;
