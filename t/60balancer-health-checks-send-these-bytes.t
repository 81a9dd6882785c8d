use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(await);

# What each method sends, byte for byte, and that each check has a connection of its own, which the proxy closes.
# Our module joins the path of the member and hcuri with exactly one slash, and asks for / where there is neither; stock puts a
# slash between them whatever they begin and end with.
my $slashes = sub ($stock, $ours) { per_stack(stock => $stock, ours => $ours) };
my @cases = (
    # method, path of the member, hcuri, request line
    ['OPTIONS',   '',      '',            'OPTIONS * HTTP/1.0'],
    ['OPTIONS',   '/app',  '/health',     'OPTIONS * HTTP/1.0'],
    ['OPTIONS11', '/app',  '/health',     'OPTIONS * HTTP/1.1'],
    ['HEAD',      '',      '/health',     'HEAD /health HTTP/1.0'],
    ['HEAD',      '/app',  '',            'HEAD /app HTTP/1.0'],
    ['HEAD11',    '',      '/health',     'HEAD /health HTTP/1.1'],
    ['GET',       '',      '/health',     'GET /health HTTP/1.0'],
    ['GET',       '',      '/a/b?c=d&e',  'GET /a/b?c=d&e HTTP/1.0'],
    ['GET',       '/app',  '',            'GET /app HTTP/1.0'],
    ['GET',       '/app',  'health',      'GET /app/health HTTP/1.0'],
    ['get11',     '/app/', '',            'GET /app/ HTTP/1.1'],
    ['GET11',     '',      '/health',     'GET /health HTTP/1.1'],
    ['GET',       '',      '',            $slashes->('GET  HTTP/1.0', 'GET / HTTP/1.0')],
    ['GET',       '',      'health',      $slashes->('GET health HTTP/1.0', 'GET /health HTTP/1.0')],
    ['GET',       '/app',  '/health',     $slashes->('GET /app//health HTTP/1.0', 'GET /app/health HTTP/1.0')],
    ['GET',       '/',     '/health',     $slashes->('GET ///health HTTP/1.0', 'GET /health HTTP/1.0')],
    ['HEAD11',    '/app/', '/health?x=1', $slashes->('HEAD /app///health?x=1 HTTP/1.1', 'HEAD /app/health?x=1 HTTP/1.1')],
);
my @backends = map { CxxProxy::Backend->named('member') } @cases;
my $tcp      = CxxProxy::Backend->start(sub ($connection) { $connection->read_all });
my $six      = CxxProxy::Backend->named('six', host => '::1');
my @members  = map {
    my ($method, $path, $uri) = @{ $cases[$_] };
    "BalancerMember http://$backends[$_]$path hcmethod=$method hcinterval=100ms" . ($uri eq '' ? '' : " hcuri=$uri");
} 0 .. $#cases;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", '<Proxy balancer://cluster>', @members,
    "BalancerMember http://$tcp/app hcmethod=TCP hcinterval=100ms hcuri=/health",
    "BalancerMember http://$six hcmethod=GET hcinterval=100ms hcuri=/health", '</Proxy>');

$_->wait_for_close(2) for @backends, $tcp, $six;
for my $nth (0 .. $#cases) {
    my ($method, $path, $uri, $line) = @{ $cases[$nth] };
    my $backend = $backends[$nth];
    is $backend->bytes($_), "$line\r\nHost: $backend\r\n\r\n", "$method, path '$path', hcuri '$uri': check $_" for 1, 2;
}
is $tcp->bytes($_), '', "TCP connects and says nothing: check $_" for 1, 2;

# An address in brackets is what a Host field has.
is $six->bytes(1), "GET /health HTTP/1.0\r\nHost: " . per_stack(stock => '::1:' . $six->port, ours => "$six") . "\r\n\r\n", 'an IPv6 address';

done_testing;
