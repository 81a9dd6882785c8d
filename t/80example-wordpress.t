use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

# In place of WordPress a page that tells what PHP would see.
my $told   = join ' ', map { qq($_=<!--#echo var="$_" -->) } qw(HTTPS REMOTE_ADDR HTTP_HOST);
my $member = CxxProxy::Example->open('wordpress-member.conf');
my $php    = join "\n", 'Redirect /wp-admin /wp-admin/', 'Options +Includes', 'AddOutputFilter INCLUDES .shtml', 'AddType text/html .shtml';
my %also   = $member->options;
$member->start({ '10.0.0.10' => '127.0.0.1', '/var/www/wordpress' => '__ROOT__/htdocs' }, around => $php,
    modules => [@{ $also{modules} }, qw(include mime alias)], files => { 'htdocs/index.shtml' => $told, 'htdocs/wp-login.php' => 'log in' });
my $pair = CxxProxy::TlsClient->certificate('www.example.org');
my $site = CxxProxy::Example->open('wordpress.conf')->start({
    '10.0.0.11:8080' => '127.0.0.1:' . $member->port, '192.168.1.0/24' => '127.0.0.9',
    '/etc/ssl/certs/www.example.org.pem' => $pair->{cert}, '/etc/ssl/private/www.example.org.key' => $pair->{key},
});

is $site->client_with(port => 80)->get('/wp-login.php')->header('Location'), 'https://www.example.org/wp-login.php', 'http:// leads to https://';
my $visitor = $site->client_with(from => '127.0.0.7');
my $known = 'HTTPS=on REMOTE_ADDR=127.0.0.7 HTTP_HOST=www.example.org';
is $visitor->answer('/index.shtml'), $known, 'WordPress knows that it is https, for whom and where';
is $visitor->answer('/index.shtml', 'X-Forwarded-For' => '192.0.2.1'), $known, 'an address that the client made up is not taken';
for my $path (qw(/wp-login.php //wp-login.php /x/../wp-login.php /wp-admin/install.php /wp-admin//install.php /xmlrpc.php /wp%2Dlogin.php)) {
    is $visitor->answer($path), 403, "$path is not for everybody";
}
is $site->client_with(from => '127.0.0.9')->answer('/wp-login.php'), 'log in', 'but for some';
is $visitor->get('/wp-admin')->header('Location') =~ s/:\d+//r, 'https://www.example.org/wp-admin/', 'a redirect of its httpd stays at https';

my $past = $member->client_with(from => '127.0.0.8');
is $past->answer('/index.shtml', 'X-Forwarded-Proto' => 'https'), 403, 'the server answers nobody past the proxy';

done_testing;
