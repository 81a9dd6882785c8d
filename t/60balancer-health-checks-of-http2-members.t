use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::HealthCheck qw(status_of until_status);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::RealBackend;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::Wait qw(await);

# Members of h2c:// and h2:// are asked over HTTP/2, each check on a connection of its own.
plan skip_all => 'stock modules: their checks know HTTP/1 only' if is_stock;
plan skip_all => $_ for grep { defined } CxxProxy::Http2Backend->missing, CxxProxy::Authority->missing;

my $ca    = CxxProxy::Authority->new('Test Authority');
my $good  = $ca->certificate(san => 'DNS:localhost');
my %tls   = (good => { tls => $good }, named => { tls => $ca->certificate(san => 'DNS:elsewhere.test') });
my $files = CxxProxy::RealBackend->files(small => 1000);
my $paths = {
    '/app/changing' => [['times', 4, 'sick', [['reply', 503, 'sick']]], ['reply', 200, 'well']],
    '/reset'        => [['reset', 2]],
    '/cut'          => [['head', 200], ['data', 'begun'], ['close']],
    '/status/503'   => [['reply', 503, '']],
    '*'             => [['reply', 204, '']],
};
my $clear = CxxProxy::Http2Backend->start($paths);
my $inside = CxxProxy::Http2Backend->start($paths, %{ $tls{good} });
my $named  = CxxProxy::Http2Backend->start($paths, %{ $tls{named} });
my $http   = CxxProxy::Backend->named('http');
my $https  = CxxProxy::Backend->named('https', %{ $tls{good} });
my $mute   = CxxProxy::Http2Backend->start($paths, mute => 1);
my $at     = sub ($backend) { 'localhost:' . $backend->port };
my $soon   = 'timeout=1 connectiontimeout=1';

# name => [member, keys, what is thought of it].
my %case = (
    get       => ["h2c://$clear",           'hcmethod=GET hcuri=/get?x=1', 'Ok'],
    head      => ["h2c://$clear",           'hcmethod=HEAD hcuri=/head', 'Ok'],
    options   => ["h2c://$clear",           'hcmethod=OPTIONS', 'Ok'],
    get11     => ["h2c://$clear",           'hcmethod=GET11 hcuri=/get11', 'Ok'],
    tcp       => ["h2c://$mute",            'hcmethod=TCP', 'Ok'],
    changing  => ["h2c://$clear/app",       'hcmethod=GET hcuri=/changing', 'Ok'],
    status    => ["h2c://$clear",           'hcmethod=GET hcuri=/status/503', 'HcFl'],
    reset     => ["h2c://$clear",           'hcmethod=GET hcuri=/reset', 'HcFl'],
    cut       => ["h2c://$clear",           'hcmethod=GET hcuri=/cut', 'HcFl'],
    http      => ["h2c://$http",            "hcmethod=GET $soon", 'HcFl'],
    mute      => ["h2c://$mute",            "hcmethod=GET $soon", 'HcFl'],
    inside    => ["h2://@{[$at->($inside)]}", 'hcmethod=GET hcuri=/inside', 'Ok'],
    named     => ["h2://@{[$at->($named)]}",  'hcmethod=GET', 'HcFl'],
    https     => ["h2://@{[$at->($https)]}",  "hcmethod=GET $soon", 'HcFl'],
);
my @real = grep { $_ ne 'haproxy' } CxxProxy::RealBackend->available;
my %real = map { $_ => CxxProxy::RealBackend->start($_, $files) } @real;
for my $kind (@real) {
    $case{$kind} = ["h2c://$real{$kind}", 'hcmethod=GET hcuri=/files/small', 'Ok'];
    $case{"$kind-head"} = ["h2c://$real{$kind}", 'hcmethod=HEAD hcuri=/files/small', 'Ok'];
    $case{"$kind-none"} = ["h2c://$real{$kind}", 'hcmethod=GET hcuri=/files/none', 'HcFl'];
}
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl)], stack => [qw(proxy_http2 proxy_hcheck)],
    config => join "\n", 'SSLProxyEngine On', "SSLProxyCACertificateFile @{[$ca->file]}", (map { <<"CONF" } sort keys %case),
<Proxy balancer://$_>
    BalancerMember $case{$_}[0] hcinterval=100ms $case{$_}[1]
</Proxy>
CONF
    '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub disabled ($name) { $httpd->error_log =~ /DISABLING \S+ of balancer:..\Q$name\E:/ }

until_status($manager, $_, $case{$_}[0], qr/HcFl/) for grep { $case{$_}[2] eq 'HcFl' } sort keys %case;
until_status($manager, 'changing', $case{changing}[0], qr/Ok/);
$httpd->wait_for_log(qr/ENABLING \S+ of balancer:..changing: status 200/);
like $httpd->error_log, qr/DISABLING \S+ of balancer:..changing: status 503/, 'a member may change its mind';
await('checks of each', sub {
    my %paths = map { ($clear->fields($_, ':path')) => 1 } $clear->requests;
    !grep { !$paths{$_} } qw(/get?x=1 /head * /get11) and $inside->requests >= 2;
});
for my $name (sort keys %case) {
    like status_of($manager, $name, $case{$name}[0]), qr/\Q$case{$name}[2]\E/, "$name: $case{$name}[2]";
    is disabled($name) ? 1 : 0, 0, 'and always was' if $case{$name}[2] eq 'Ok' && $name ne 'changing';
}

# What is asked.
my %line;
for my $request ($clear->requests) {
    my %is = map { ($_ => ($clear->fields($request, $_))[0] // '') } qw(:method :path :scheme :authority);
    $line{"$is{':method'} $is{':path'} $is{':scheme'} $is{':authority'}"} = 1;
}
ok $line{"$_ http $clear"}, $_ for 'GET /get?x=1', 'HEAD /head', 'OPTIONS *', 'GET /get11', 'GET /app/changing';
is_deeply [$inside->fields($inside->last_request, ':scheme'), $inside->fields($inside->last_request, ':authority')],
    ['https', $at->($inside)], 'inside TLS';
my $requests = () = $clear->requests;
cmp_ok $clear->connection_count, '>=', $requests, 'each on a connection of its own';

done_testing;
