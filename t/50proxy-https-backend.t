use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'openssl and IO::Socket::SSL are needed' unless have('openssl') && eval { require IO::Socket::SSL };

use File::Temp ();

my $dir = File::Temp->newdir('cxxproxy-tls-XXXXXX', TMPDIR => 1);
chmod 0755, $dir;
system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=backend.test -addext subjectAltName=DNS:localhost,DNS:backend.test "
    . "-keyout $dir/key.pem -out $dir/cert.pem 2>/dev/null") == 0 or die 'openssl';

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->reply(200, join '|', $connection->socket->get_servername // '-', $request->{head} =~ /^Host: (.*)\r$/m, $request->{length});
    }
}, tls => { cert => "$dir/cert.pem", key => "$dir/key.pem" });
my $port  = $backend->port;
my $plain = CxxProxy::Backend->start(sub ($connection) { $connection->read_some; $connection->send("HTTP/1.0 400 Plain\r\n\r\n") });
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
<VirtualHost *:__PORT__>
    ServerName front.test
    SSLProxyEngine On
    SSLProxyCACertificateFile $dir/cert.pem
    ProxyPass /name https://localhost:$port/
    ProxyPass /ip   https://127.0.0.1:$port/
    ProxyPass /plain https://$plain/
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName verify.test
    SSLProxyEngine On
    SSLProxyVerify require
    SSLProxyCACertificateFile $dir/cert.pem
    ProxyPass /name https://localhost:$port/
    ProxyPass /ip   https://127.0.0.1:$port/
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName unchecked.test
    SSLProxyEngine On
    SSLProxyCheckPeerName Off
    ProxyPreserveHost On
    ProxyPass /name https://localhost:$port/
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName engineless.test
    ProxyPass /name https://localhost:$port/
</VirtualHost>
CONF

sub answer ($host, $path) { $httpd->answer($path, Host => $host) }

is answer('front.test', '/name'), "localhost|localhost:$port|0", 'by name';
my $before = $backend->connection_count;
is answer('front.test', '/name'), "localhost|localhost:$port|0" for 1 .. 3;
is $backend->connection_count, $before, 'TLS connections are kept, too';
is $httpd->request(method => 'POST', host => 'front.test', path => '/name', body => 'x' x 100_000)->body, "localhost|localhost:$port|100000";
is answer('front.test', '/ip'), 500, 'a certificate for somebody else';
is answer('front.test', '/plain'), 500, 'no TLS there';
is answer('verify.test', '/name'), "localhost|localhost:$port|0", 'a certificate that can be verified';
is answer('unchecked.test', '/name'), 'unchecked.test|unchecked.test|0', 'ProxyPreserveHost: the client\'s name is the server\'s name';
is answer('engineless.test', '/name'), 500, 'without SSLProxyEngine';

done_testing;
