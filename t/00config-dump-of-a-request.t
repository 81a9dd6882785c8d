use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# New: `-t -D PROXY_URL=URL` says what becomes of a request, and what it says comes true.
plan skip_all => 'the stock modules have no such dump' unless is_ours();

my ($one, $two) = map { CxxProxy::Backend->named($_) } qw(one two);
my $httpd = CxxProxy::Httpd->start(modules => [qw(headers setenvif env alias)], ports => ['other'], config => <<"CONF");
UseCanonicalName Off
<Proxy balancer://site>
    BalancerMember http://$one route=a
    BalancerMember http://$two route=b
    ProxySet stickysession=ROUTEID
</Proxy>
SetEnvIf Request_URI ^/env from_env=yes
RequestHeader set X-From-Env "%{from_env}e" env=from_env
RequestHeader set X-Forwarded-Proto https
<Location /located>
    RequestHeader set X-Located yes
    ProxyPreserveHost On
</Location>
<Location /manager>
    SetHandler balancer-manager
</Location>
ProxyPass /manager !
ProxyPass /encoded http://$two/enc mapping=encoded nocanon
ProxyPass / balancer://site/
Listen 127.0.0.1:__PORT_other__
<VirtualHost *:__PORT_other__>
    ServerName other.test
    ProxyVia On
    ProxyPass /only http://$two/only
</VirtualHost>
CONF

my sub dump_of ($url, @fields) {
    return $httpd->ask('-D', "PROXY_URL=$url", map { ('-D', "PROXY_HEADER=$_") } @fields);
}

# The lines of a head, in an order of their own, without what differs with the client and with who was before it.
my sub comparable (@lines) { [sort map { s/^Host: (?:\Q$one\E|\Q$two\E)$/Host: (the member)/r } grep { !/^X-Forwarded-For/ } @lines] }
my sub told ($text) {
    my ($head) = $text =~ /^  The head that the backend gets:\n((?:    .*\n)+)/m or return [];
    return comparable($head =~ /^    (.*)$/mg);
}
my sub got ($head) { comparable(split /\r\n/, $head) }

my %case = (
    'an ordinary one'          => ['/x/y%20z?q=1&r=%2F'],
    'variables and fields'     => ['/env/x'],
    'a <Location>'             => ['/located/x'],
    'a path as it was sent'    => ['/encoded/a%2eb%3B'],
    'one with a session'       => ['/x', 'Cookie: ROUTEID=s.b'],
    'hop-by-hop fields'        => ['/x', 'Connection: X-Drop', 'X-Drop: 1', 'X-Keep: 2'],
);
for my $name (sort keys %case) {
    my ($path, @fields) = $case{$name}->@*;
    my $text = dump_of($httpd->url($path), @fields);
    my $response = $httpd->request(path => $path, host => '127.0.0.1:' . $httpd->port, headers => [map { split /: /, $_, 2 } @fields]);
    is $response->status, 200, "$name: is served";
    my ($backend) = $response->body =~ /two/ ? $two : $one;
    is_deeply told($text), got($backend->last_request->{head}), "$name: the head is the one that was told" or diag $text;
}

my $text = dump_of($httpd->url('/x'));
like $text, qr/^  $_/m, "says $_" for
    qr{Server\s+main server}, qr{Rule\s+ProxyPass / balancer://site/ \(\S+:\d+\)}, qr{Balancer\s+balancer://site},
    qr{Candidates\s+http://$one, http://$two, by byrequests}, qr{Goes to\s+http://$one/x},
    qr{Not asked, and may say otherwise: mod_alias}, qr{The client is taken to be 192\.0\.2\.1 without TLS};
like dump_of($httpd->url('/x'), 'Cookie:ROUTEID=s.b'), qr{^  Session\s+route b from ROUTEID$}m, 'whose session it is';
like dump_of($httpd->url('/x'), 'Cookie:ROUTEID=s.z'), qr{^  Session\s+route z, of which there is no usable member$}m,
    'a session of nobody';
like dump_of($httpd->url('/manager')), qr{^  Rule\s+none that proxies it\n  Handler\s+balancer-manager$}m, 'another handler';
like dump_of('http://other.test:' . $httpd->port('other') . '/only/x'),
    qr{^  Server\s+virtual host other\.test:\d+ \(\S+:\d+\)\n.*^    Via: 1\.1 other\.test}ms, 'the virtual host of that name and port';
like dump_of($httpd->url('/a%2Fb')),  qr{^  Ends\s+here, with 404}m, 'what is refused';
like dump_of('nonsense'), qr{no URL of the form http://host/path}, 'what is no URL';

done_testing;
