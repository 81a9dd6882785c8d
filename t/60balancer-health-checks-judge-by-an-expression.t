use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer verdicts);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(wait_for);

# With an expression nothing but the expression counts: a member that says 200 and lies leaves, one that says 503 may be well.
my $chunked = sub (@pieces) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" . join('', map { sprintf "%x\r\n%s\r\n", length, $_ } @pieces) . "0\r\n\r\n";
};
my @cases = (
    # expression, method, an answer that is well, an answer that is not
    ['status',     q(%{REQUEST_STATUS} =~ /^[234]/),          'GET',     answer(404), answer(500)],
    ['number',     q(%{REQUEST_STATUS} -eq 503),              'HEAD',    answer(503), answer(200)],
    ['options',    q(%{REQUEST_STATUS} -lt 300),              'OPTIONS', answer(200), answer(301, '', Location => '/')],
    ['notdown',    q(hc('body') !~ /down/),                   'GET',     answer(200, 'all is up'), answer(200, 'going down')],
    ['body',       q(%{HC_BODY} =~ /up/),                     'GET',     answer(200, 'all is up'), answer(200, 'going down')],
    ['lower',      q(%{hc_body} == 'up'),                     'GET',     answer(500, 'up'), answer(200, 'up!')],
    ['capitals',   q(HC('BODY') == 'up'),                     'GET',     answer(500, 'up'), answer(200, '')],
    ['chunked',    q(hc('body') == 'all is up'),              'GET11',   $chunked->('all ', 'is', ' up'), $chunked->('all is', 'up')],
    ['untilclose', q(hc('body') == 'up'),                     'GET',     "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nup",
        "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nup\n"],
    ['nobody',     q(hc('body') == ''),                       'GET',     answer(200, ''), answer(200, 'x')],
    ['field',      q(resp('X-State') == 'ok'),                'GET',     answer(500, '', 'X-State' => 'ok'), answer(200, '', 'X-State' => 'no')],
    ['missing',    q(resp('X-State') == 'ok'),                'HEAD',    answer(200, '', 'x-state' => 'ok'), answer(200)],
    ['type',       q(%{CONTENT_TYPE} == 'application/json'),  'GET',
        answer(200, '{}', 'Content-Type' => 'application/json'), answer(200, '{}', 'Content-Type' => 'text/html')],
    ['both',       q(%{REQUEST_STATUS} == 200 && hc('body') =~ /^up/ && resp('X-A') == '1'), 'GET',
        answer(200, 'up', 'X-A' => 1), answer(200, 'up', 'X-A' => 2)],
);
my @names  = map { $_->[0] } @cases;
my %member = map { ($_ => CxxProxy::HealthCheck->member($_)) } @names;
my %good   = map { ($_->[0] => $_->[3]) } @cases;
my %bad    = map { ($_->[0] => $_->[4]) } @cases;
$member{$_}->checks_get($bad{$_}) for @names;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n",
    (map { "ProxyHCExpr $_->[0] {$_->[1]}" } @cases),
    (map { <<"CONF" } @cases),
<Proxy balancer://$_->[0]>
    BalancerMember http://$member{$_->[0]} @{[$member{$_->[0]}->keys($_->[2])]} hcexpr=$_->[0]
</Proxy>
CONF
    '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my %url_of  = map { ($_ => "http://$member{$_}") } @names;
sub all_are ($expected) {
    my $verdicts;
    wait_for(sub { $verdicts = verdicts($manager, \%url_of); !grep { $_ ne $expected } values %$verdicts });
    is $verdicts->{$_->[0]}, $expected, "$_->[1], $_->[2]" for @cases;
}

all_are 'HcFl';
$member{$_}->checks_get($good{$_}) for @names;
all_are 'Ok';
$member{$_}->checks_get($bad{$_}) for @names;
all_are 'HcFl';

done_testing;
