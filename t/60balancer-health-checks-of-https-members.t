use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::HealthCheck qw(verdicts);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(wait_for);

# Checks of https:// and wss:// members are made within TLS, by the SSLProxy settings of the balancer's section: where those want
# the certificate to be verified, a member with a wrong one fails its checks.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my ($ca, $nobody) = map { CxxProxy::Authority->new("$_ Authority") } qw(Test Strange);
my $strange = $nobody->certificate(san => 'DNS:localhost');
my $good    = $ca->certificate(san => 'DNS:localhost');
my $other   = $ca->certificate(san => 'DNS:elsewhere.test');
my $verify  = "SSLProxyVerify require\nSSLProxyCACertificateFile @{[$ca->file]}";
my %case = (
    # certificate, settings of the section, scheme, verdict
    unverified => [$strange, 'SSLProxyEngine On', 'https', 'Ok'],
    trusted    => [$good,    "SSLProxyEngine On\n$verify", 'https', 'Ok'],
    strange    => [$strange, "SSLProxyEngine On\n$verify", 'https', 'HcFl'],
    websocket  => [$good,    "SSLProxyEngine On\n$verify", 'wss', 'Ok'],
    strangewss => [$strange, "SSLProxyEngine On\n$verify", 'wss', 'HcFl'],
    noengine   => [$good,    'SSLProxyEngine Off', 'https', 'HcFl'],
    anyname    => [$other,   "SSLProxyEngine On\nSSLProxyCheckPeerName off", 'https', 'Ok'],
    # Checks of stock look at no name, so that a member is well that refuses every client.
    wrongname  => [$other,   "SSLProxyEngine On", 'https', per_stack(stock => 'Ok', ours => 'HcFl')],
    # The checks of stock do not see the settings of a section without keys; clients' requests do.
    nokeys     => [$good,    "SSLProxyEngine On\n$verify", 'https', per_stack(stock => 'HcFl', ours => 'Ok')],
    tcp        => [$strange, "SSLProxyEngine On\n$verify", 'https', 'Ok'],
);
my @names  = sort keys %case;
my %member = map { ($_ => CxxProxy::HealthCheck->member($_, tls => $case{$_}[0])) } @names;
my $teller = CxxProxy::Backend->start(sub ($connection) {
    $connection->note($connection->socket->get_servername // 'nobody');
    $connection->reply(200) if $connection->read_request;
}, tls => $good);
my $plain  = CxxProxy::HealthCheck->member('plain');
my %url_of = map { ($_ => "$case{$_}[2]://localhost:" . $member{$_}->port) } @names;
$url_of{plain} = 'https://localhost:' . $plain->port;
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], stack => [qw(proxy_hcheck)], config => join "\n", (map { <<"CONF" } @names), <<"CONF");
<Proxy balancer://$_@{[$_ eq 'nokeys' ? '' : ' lbmethod=byrequests']}>
    $case{$_}[1]
    BalancerMember $url_of{$_} @{[$member{$_}->keys($_ eq 'tcp' ? 'TCP' : 'GET')]}
</Proxy>
CONF
<Proxy balancer://plain lbmethod=byrequests>
    SSLProxyEngine On
    BalancerMember $url_of{plain} @{[$plain->keys]} timeout=1
</Proxy>
<Proxy balancer://teller lbmethod=byrequests>
    SSLProxyEngine On
    BalancerMember https://localhost:@{[$teller->port]} hcmethod=GET hcinterval=200ms
</Proxy>
ProxyPass /trusted balancer://trusted
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub until_all_are (%expected) {
    my $verdicts;
    wait_for(sub { $verdicts = verdicts($manager, \%url_of); !grep { $verdicts->{$_} ne $expected{$_} } keys %expected });
    is_deeply $verdicts, \%expected, 'the verdicts';
}

$member{$_}->wait_for_checks(2) for qw(unverified trusted websocket anyname);
until_all_are plain => 'HcFl', map { ($_ => $case{$_}[3]) } @names;
is +($member{trusted}->checks)[0], "GET /health HTTP/1.0\r\nHost: localhost:" . $member{trusted}->port . "\r\n\r\n", 'the request';
is scalar $member{$_}->checks, 0, "$_: no request to a member that is not trusted" for qw(strange strangewss noengine tcp), per_stack(stock => [], ours => ['wrongname'])->@*;
$teller->wait_for_close(1);
is +($teller->notes)[0], per_stack(stock => 'nobody', ours => 'localhost'), 'ours says whom it means (SNI)';
is $httpd->answer('/trusted'), 'trusted', 'clients get there, too';

$_->sick for values %member;
until_all_are plain => 'HcFl', map { ($_ => $_ eq 'tcp' ? 'Ok' : 'HcFl') } @names;
$_->well for values %member;
until_all_are plain => 'HcFl', map { ($_ => $case{$_}[3]) } @names;

done_testing;
