use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::GrpcHealth;
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::Wait qw(await);

# hcmethod=GRPC asks the protocol that gRPC has for that; hcuri names the service.
plan skip_all => 'stock modules: no hcmethod=GRPC' if is_stock;
plan skip_all => $_ for grep { defined } CxxProxy::GrpcHealth->missing, CxxProxy::Authority->missing;

my $ca    = CxxProxy::Authority->new('Test Authority');
my $clear = CxxProxy::GrpcHealth->start(all => 'SERVING', up => 'SERVING', down => 'NOT_SERVING', unsaid => 'UNKNOWN',
    broken => 'INTERNAL', odd => 'nonsense', quiet => 'silence', 'org.test.Shop' => 'SERVING');
my $tls   = CxxProxy::GrpcHealth->start(all => 'SERVING', tls => $ca->certificate(san => 'DNS:localhost'));
my $other = CxxProxy::GrpcHealth->start(all => 'SERVING', tls => $ca->certificate(san => 'DNS:elsewhere.test'));
my $http  = CxxProxy::Backend->named('http');
my $tls_at = sub ($server) { 'localhost:' . $server->port };

# name => [member, keys, what is thought of it, what the log says].
my %case = (
    whole        => ["h2c://$clear", '',                      'Ok'],
    service      => ["h2c://$clear", 'hcuri=up',              'Ok'],
    dotted       => ["http://$clear", 'hcuri=org.test.Shop',  'Ok'],
    down         => ["h2c://$clear", 'hcuri=down',            'HcFl', 'NOT_SERVING'],
    unsaid       => ["h2c://$clear", 'hcuri=unsaid',          'HcFl', 'UNKNOWN'],
    unknown      => ["h2c://$clear", 'hcuri=nobody',          'HcFl', 'grpc-status 5'],
    broken       => ["h2c://$clear", 'hcuri=broken',          'HcFl', 'grpc-status 13'],
    odd          => ["h2c://$clear", 'hcuri=odd',             'HcFl', 'no HealthCheckResponse'],
    quiet        => ["h2c://$clear", 'hcuri=quiet timeout=1 connectiontimeout=1', 'HcFl', 'not done within|timeout'],
    'h2'         => ['h2://' . $tls_at->($tls), '',           'Ok'],
    'https'      => ['https://' . $tls_at->($tls), '',        'Ok'],
    'other-name' => ['h2://' . $tls_at->($other), '',         'HcFl', 'certificate'],
    'no-grpc'    => ["h2c://$http", 'timeout=1 connectiontimeout=1',               'HcFl', '.'],
);
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl)], stack => [qw(proxy_http2 proxy_hcheck)],
    config => join "\n", 'SSLProxyEngine On', "SSLProxyCACertificateFile @{[$ca->file]}", (map { <<"CONF" } sort keys %case),
<Proxy balancer://$_>
    BalancerMember $case{$_}[0] hcmethod=GRPC hcinterval=100ms $case{$_}[1]
</Proxy>
CONF
    '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager = CxxProxy::Manager->new($httpd, '/manager');

for my $name (sort keys %case) {
    my ($url, $keys, $expected, $why) = @{ $case{$name} };
    next unless $why;
    until_status($manager, $name, $url, qr/HcFl/);
    like $httpd->wait_for_log(qr/DISABLING \Q$url\E of balancer:\/\/$name: .*/), qr/balancer:\/\/$name: [^\n]*(?:$why)/, "$name: why is said";
}
await('checks of each', sub {
    my %asked = map { $_ => 1 } $clear->asked;
    !grep { !$asked{$_} } qw(all up down nobody org.test.Shop) and $tls->asked >= 4;
});
for my $name (sort keys %case) {
    like CxxProxy::HealthCheck::status_of($manager, $name, $case{$name}[0]), qr/$case{$name}[2]/, "$name: $case{$name}[2]";
}
unlike $httpd->error_log, qr/DISABLING \S+ of balancer:..$_:/, "$_: never thought bad" for grep { !$case{$_}[3] } sort keys %case;

$clear->says(up => 'NOT_SERVING', down => 'SERVING');
until_status($manager, 'service', "h2c://$clear", qr/HcFl/);
until_status($manager, 'down', "h2c://$clear", qr/Ok/);
pass 'what a service says of itself may change';
$tls->stop;
until_status($manager, 'h2', 'h2://' . $tls_at->($tls), qr/HcFl/);
pass 'one that ends is out';

done_testing;
