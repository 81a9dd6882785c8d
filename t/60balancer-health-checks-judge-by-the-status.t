use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::HealthCheck qw(answer verdicts);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(wait_for);

# Without an expression 200 to 399 is well; all else, and what is no answer at all, is not.
my %case = (
    'status 200'                    => [Ok   => answer(200)],
    'status 204'                    => [Ok   => "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"],
    # To GET stock waits for a body, which such an answer never has, until timeout=.
    'status 204 kept open'          => [per_stack(stock => 'HcFl', ours => 'Ok'), "HTTP/1.1 204 No Content\r\n\r\n"],
    'status 304 kept open'          => [per_stack(stock => 'HcFl', ours => 'Ok'), "HTTP/1.1 304 Not Modified\r\n\r\n"],
    'status 301'                    => [Ok   => answer(301, '', Location => '/elsewhere')],
    'status 399'                    => [Ok   => answer(399)],
    'no reason'                     => [Ok   => "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"],
    'an old server'                 => [Ok   => "HTTP/1.0 200 OK\r\n\r\n"],
    'status 400'                    => [HcFl => answer(400)],
    'status 404'                    => [HcFl => answer(404)],
    'status 500'                    => [HcFl => answer(500)],
    'status 503'                    => [HcFl => answer(503)],
    'no HTTP'                       => [HcFl => "220 mail.test ready\r\n"],
    'HTTP/2.0'                      => [HcFl => "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    'no number'                     => [HcFl => "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"],
    'a field without colon'         => [HcFl => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nodd\r\n\r\n"],
    'closed without an answer'      => [HcFl => CxxProxy::HealthCheck::HANGS_UP],
    'silent'                        => [HcFl => CxxProxy::HealthCheck::SILENCE],
);
my @names = sort keys %case;
my %path  = map { ($_ => lc tr/a-zA-Z0-9//cdr) } @names;
my %member = map { ($_ => CxxProxy::HealthCheck->member('checked')) } @names;
my $other  = CxxProxy::Backend->named('other');
# All methods come to their verdicts in the same way; where the body matters it is GET.
my @methods = qw(GET HEAD OPTIONS GET11 HEAD11 OPTIONS11);
my %method  = map { ($names[$_] => $names[$_] =~ /kept open/ ? 'GET' : $methods[$_ % @methods]) } 0 .. $#names;
$member{$_}->checks_get($case{$_}[1]) for @names;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n",
    (map { <<"CONF" } @names),
<Proxy balancer://$path{$_}>
    BalancerMember http://$member{$_} @{[$member{$_}->keys($method{$_})]} timeout=1
    BalancerMember http://$other
</Proxy>
ProxyPass /$path{$_} balancer://$path{$_}
CONF
    '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager  = CxxProxy::Manager->new($httpd, '/manager');
my %url_of   = map { ($path{$_} => "http://$member{$_}") } @names;
my %expected = map { ($path{$_} => $case{$_}[0]) } @names;
sub thought_until (%expected) {
    my $verdicts;
    wait_for(sub { $verdicts = verdicts($manager, \%url_of); !grep { $verdicts->{$_} ne $expected{$_} } keys %expected });
    is_deeply $verdicts, \%expected, 'the verdicts';
}
sub served ($path) { my %seen; $seen{ $httpd->answer("/$path") }++ for 1 .. 4; join ' ', sort keys %seen }

$_->wait_for_checks(2) for values %member;
thought_until %expected;
for my $name (@names) {
    is served($path{$name}), $case{$name}[0] eq 'Ok' ? 'checked other' : 'other', "$name ($method{$name})";
}

# And they come back.
$_->well for values %member;
thought_until map { ($_ => 'Ok') } keys %expected;
is served($path{$_}), 'checked other', "$_: well again" for grep { $case{$_}[0] ne 'Ok' } @names;

# A member that is well leaves as soon as it is ill.
$_->sick for values %member;
thought_until map { ($_ => 'HcFl') } keys %expected;

done_testing;
