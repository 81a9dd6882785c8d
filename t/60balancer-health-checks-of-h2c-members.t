use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(verdicts);
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours per_stack);
use CxxProxy::Wait qw(await wait_for);

# Ours checks h2c:// members in HTTP/2, which is what they speak; stock in HTTP/1, so that only a member that speaks both is well.
plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;

my $backend = CxxProxy::Http2Backend->start({
    '/good/health' => [['body'], ['reply', 200, 'up']],
    '/bad/health'  => [['body'], ['reply', 500, 'down']],
    '/told/health' => [['body'], ['head', 200, [], 0], ['data', 'go'], ['data', 'ing down', 1]],
    '/cut/health'  => [['body'], ['head', 200, [], 0], ['data', 'u'], ['reset', 2]],
    '*'            => [['body'], ['reply', 200, 'client']],
});
my $old  = CxxProxy::HealthCheck->member('old');
my %case = (
    # keys, verdict of ours
    good    => ['hcmethod=GET hcuri=/health', 'Ok'],
    bad     => ['hcmethod=GET hcuri=/health', 'HcFl'],
    told    => ['hcmethod=GET hcuri=/health hcexpr=up', 'HcFl'],
    cut     => ['hcmethod=GET hcuri=/health', 'HcFl'],
    head    => ['hcmethod=HEAD hcuri=/health', 'Ok'],
    options => ['hcmethod=OPTIONS', 'Ok'],
    tcp     => ['hcmethod=TCP', 'Ok'],
);
my $httpd = CxxProxy::Httpd->start(stack => [qw(proxy_hcheck proxy_http2)], config => join "\n", "ProxyHCExpr up {hc('body') !~ /down/}", (map { <<"CONF" } sort keys %case), <<"CONF");
<Proxy balancer://$_>
    BalancerMember h2c://$backend/$_ hcinterval=100ms $case{$_}[0]
</Proxy>
ProxyPass /$_ balancer://$_
CONF
<Proxy balancer://old>
    BalancerMember h2c://$old @{[$old->keys]} timeout=1
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager  = CxxProxy::Manager->new($httpd, '/manager');
my %url_of   = (old => "h2c://$old", map { ($_ => "h2c://$backend/$_") } keys %case);
my %expected = (
    old => per_stack(stock => 'Ok', ours => 'HcFl'),
    map { ($_ => per_stack(stock => ($_ eq 'tcp' ? 'Ok' : 'HcFl'), ours => $case{$_}[1])) } keys %case,
);
$old->wait_for_checks(2) unless is_ours();
my $verdicts = {};
wait_for(sub { $verdicts = verdicts($manager, \%url_of); !grep { $verdicts->{$_} ne $expected{$_} } keys %expected });
is_deeply $verdicts, \%expected, 'the verdicts';

if (is_ours()) {
    # The heads of checks with this line.
    my $asked = sub ($line) { grep { /^\Q$line\E\r$/m } map { $_->{head} } $backend->requests };
    await("two checks with $_", sub { $asked->($_) >= 2 }) for ':path: /good/health', ':path: /head/health', ':path: *';
    my ($check) = $asked->(':path: /good/health');
    like $check, qr/^$_\r$/m, "a field: $_" for ':method: GET', ':scheme: http', ":authority: $backend";
    like +($asked->(':path: /head/health'))[0], qr/^:method: HEAD\r$/m, 'HEAD';
    like +($asked->(':path: *'))[0], qr/^:method: OPTIONS\r$/m, 'OPTIONS';
    is $httpd->answer('/good/x'), 'client', 'clients get there';
    is $httpd->answer('/bad/x'), 503, 'or not';
}

done_testing;
