use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer verdicts);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(wait_for);

# An answer of a good status is well only if it is whole, and ours reads it as strictly as any other answer: who cuts off a head
# or gives two lengths would fail clients, too. Stock takes an interim answer for the answer; ours waits for the one behind it.
my $ends    = "Connection: close\r\n";
my $chunked = "HTTP/1.1 200 OK\r\n${ends}Transfer-Encoding: chunked\r\n\r\n";
my ($lax, $strict) = (per_stack(stock => 'Ok', ours => 'HcFl'), per_stack(stock => 'HcFl', ours => 'Ok'));
my @cases = (
    ['a large body',              GET    => 'Ok',   answer(200, 'x' x 1e6)],
    ['a long field',              GET    => 'Ok',   answer(200, 'x', 'X-Long' => 'y' x 7000)],
    ['many fields',               GET    => 'Ok',   answer(200, 'x', map { ("X-$_" => 'y') } 1 .. 90)],
    ['chunks',                    GET11  => 'Ok',   "${chunked}2\r\nab\r\n0\r\nX-Trailer: x\r\n\r\n"],
    ['a length without body, HEAD', HEAD => 'Ok',   "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"],
    ['a cut body',                GET    => 'HcFl', "HTTP/1.1 200 OK\r\n${ends}Content-Length: 10\r\n\r\nshort"],
    ['a length that is none',     GET    => 'HcFl', "HTTP/1.1 200 OK\r\n${ends}Content-Length: abc\r\n\r\n"],
    ['cut chunks',                GET11  => 'HcFl', "${chunked}5\r\nab"],
    ['no last chunk',             GET11  => 'HcFl', "${chunked}2\r\nab\r\n"],
    ['a chunk without size',      GET11  => 'HcFl', "${chunked}zz\r\nab\r\n0\r\n\r\n"],
    ['status 600',                GET    => 'HcFl', answer(600)],
    ['status 099',                GET    => 'HcFl', answer('099')],
    ['small letters',             GET    => 'HcFl', "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ['a head cut within a field', GET    => $lax,   "HTTP/1.1 200 OK\r\n${ends}X-Cut: y"],
    ['a head cut after a field',  HEAD   => $lax,   "HTTP/1.1 200 OK\r\n${ends}"],
    ['two lengths',               GET    => $lax,   answer(200, 'abc', 'Content-Length' => '2')],
    ['a blank in a field name',   GET    => $lax,   "HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n"],
    ['100 first',                 GET11  => $strict, "HTTP/1.1 100 Continue\r\n\r\n" . answer(200)],
    ['103 first',                 GET11  => $strict, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" . answer(200, '')],
    ['103 before a 500',          GET11  => 'HcFl', "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" . answer(500)],
);
my %case   = map { ("b$_" => $cases[$_]) } 0 .. $#cases;
my %member = map { ($_ => CxxProxy::HealthCheck->member($_)->checks_get($case{$_}[3])) } keys %case;
my $httpd  = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", (map { <<"CONF" } keys %case), <<'CONF');
<Proxy balancer://$_>
    BalancerMember http://$member{$_} @{[$member{$_}->keys($case{$_}[1])]} timeout=2
</Proxy>
CONF
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager  = CxxProxy::Manager->new($httpd, '/manager');
my %url_of   = map { ($_ => "http://$member{$_}") } keys %case;
my $verdicts = {};

$_->wait_for_checks(2) for values %member;
wait_for(sub { $verdicts = verdicts($manager, \%url_of); !grep { $verdicts->{$_} ne $case{$_}[2] } keys %case });
is $verdicts->{"b$_"}, $cases[$_][2], "$cases[$_][0] ($cases[$_][1])" for 0 .. $#cases;

done_testing;
