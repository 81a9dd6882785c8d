use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

# Which name a backend is told (SNI) and must have a certificate for, and which connections may be used again for it.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca = CxxProxy::Authority->new('Test Authority');
# Says: the name it was told, the Host field, the number of the connection.
my $teller = sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($host) = $request->{head} =~ /^Host: (.*?)\r$/m;
        $connection->reply(200, join '|', $connection->socket->get_servername // '-', $host, $connection->number);
    }
};
my $on = sub (%certificate) { CxxProxy::Backend->start($teller, tls => $ca->certificate(%certificate)) };
my $of_many = $on->(san => 'DNS:localhost,DNS:a.test,DNS:b.test,DNS:*.wild.test');
my $of_address = $on->(san => 'IP:127.0.0.1');
my $of_address_cn = $on->(cn => '127.0.0.1');
my $port = $of_many->port;
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], threads => 4, config => <<"CONF");
SSLProxyEngine On
<VirtualHost *:__PORT__>
    ServerName plain.test
    ServerAlias *.plain.test
    ProxyPass /name    https://localhost:$port/
    ProxyPass /upper   HTTPS://LOCALHOST:$port/
    ProxyPass /address https://127.0.0.1:@{[$of_address->port]}/
    ProxyPass /cn      https://127.0.0.1:@{[$of_address_cn->port]}/
    <Location /kept>
        ProxyPass https://localhost:$port/
        ProxyPreserveHost On
    </Location>
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName a.test
    ServerAlias b.test *.wild.test c.test
    ProxyPreserveHost On
    ProxyPass / https://localhost:$port/
</VirtualHost>
CONF
my ($of, $number);
my $ask = sub ($host, $path = '/') {
    my $answer = $httpd->answer($path, Host => $host);
    ($of, $number) = $answer =~ /^(.*)\|(\d+)$/ ? ($1, $2) : ($answer, undef);
    return $of;
};

is $ask->('plain.test', '/name'), "localhost|localhost:$port", 'the host of the mapping';
is $ask->('plain.test', '/upper'), "localhost|localhost:$port", 'in lower case';
is $httpd->answer('/cn', Host => 'plain.test'), '-|127.0.0.1:' . $of_address_cn->port . '|1', 'an address is nobody\'s server name';
is $ask->('plain.test', '/address'), per_stack(stock => 500, ours => '-|127.0.0.1:' . $of_address->port),
    'an address in subjectAltName, which stock does not know';

# With ProxyPreserveHost the client's name is the backend's, and so its connections are.
my %connections;
for my $round (1 .. 6) {
    for my $host (qw(a.test b.test x.wild.test)) {
        is $ask->($host), "$host|$host", "$host, with ProxyPreserveHost";
        $connections{$number}{$host} = 1;
    }
}
is $ask->('A.test'), 'a.test|A.test', 'the name in lower case';
my @shared = grep { keys %{ $connections{$_} } > 1 } keys %connections;
is_deeply \@shared, [], 'no connection has served two names';
is $ask->('c.test'), 500, 'a name that it has no certificate for';
is $ask->('y.x.wild.test'), 500, 'a wildcard is for one label';
is $ask->('a.test'), 'a.test|a.test', 'which is held against nobody else';
if (per_stack(stock => 0, ours => 1)) {
    my %of;
    push @{ $of{ (keys %{ $connections{$_} })[0] } }, $_ for keys %connections;
    is scalar @{ $of{$_} }, 1, "$_ has used its connection again, though others came between" for sort keys %of;
}

# Nobody switches the name off by sending none.
like $httpd->raw("GET /kept HTTP/1.0\r\n\r\n"), per_stack(stock => qr/^-\|/m, ours => qr/^localhost\|/m), 'without Host the backend\'s own name';

done_testing;
