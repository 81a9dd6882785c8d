use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# A new connection to a backend that has given out a session goes on with it, as the backend sees. The stock modules begin
# anew each time.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca  = CxxProxy::Authority->new('Test Authority');
my $tls = $ca->certificate(san => 'DNS:localhost,DNS:a.test,DNS:b.test');
# Each connection is served by a process of its own, so what may be gone on with has to lie in the ticket, under a key that
# all of them know.
my $key = pack 'C48', 1 .. 48;
my $resumed = sub ($connection) {
    while ($connection->read_request) { $connection->reply(200, $connection->socket->get_session_reused ? 'resumed' : 'new', Connection => 'close') }
};
my %version = (tls12 => 'TLSv1_2', tls13 => 'TLSv1_3');
my %backend = map {
    $_ => CxxProxy::Backend->start($resumed, tls => { %$tls, options => { SSL_version => $version{$_}, SSL_session_id_context => 'test',
        SSL_create_ctx_callback => sub ($context) { Net::SSLeay::CTX_set_tlsext_ticket_keys($context, $key) if Net::SSLeay->can('CTX_set_tlsext_ticket_keys') },
        SSL_ticket_keycb => [sub ($data, $name = undef) { return wantarray ? (substr($key, 0, 32), substr($key, 32, 16)) : substr($key, 0, 32) }, undef],
    } })
} keys %version;
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
@{[map { "ProxyPass /$_/ https://localhost:@{[$backend{$_}->port]}/\n" } sort keys %backend]}
<VirtualHost *:__PORT__>
    ServerName localhost
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName a.test
    ServerAlias b.test
    ProxyPreserveHost On
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName strict.test
    SSLProxyVerify require
    SSLProxyCACertificateFile @{[$ca->file]}
</VirtualHost>
CONF
for my $version (sort keys %version) {
    my $ask = sub ($host) { $httpd->answer("/$version/", Host => $host) };
    is $ask->('localhost'), 'new', "$version: the first";
    is $ask->('localhost'), per_stack(stock => 'new', ours => 'resumed'), "$version: the next ones" for 1 .. 2;    # as many tickets as it has given out
    is $ask->('a.test'), 'new', "$version: another name";
    is $ask->('b.test'), 'new', "$version: and another";
    is $ask->('a.test'), per_stack(stock => 'new', ours => 'resumed'), "$version: the name again";
    is $ask->('strict.test'), 'new', "$version: other settings";
}
done_testing;
