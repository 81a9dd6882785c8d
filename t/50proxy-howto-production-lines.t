use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Compress::Zlib;
use CxxProxy::Backend;
use CxxProxy::Example;
use CxxProxy::HealthCheck;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(wait_for);

# A hosting company's page about proxies in production: all its lines in one server, but for TLS and WebSocket.
my ($one, $two) = map { CxxProxy::HealthCheck->member($_) } qw(one two);
my ($standby, $users, $payments) = map { CxxProxy::Backend->named($_) } qw(standby users payments);
my $page = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->reply(200, $request->{head} . 'a line of a page ' x 500, 'Content-Type' => 'text/html');
    }
});
my @modules = qw(proxy proxy_http proxy_balancer lbmethod_byrequests proxy_hcheck headers deflate);
my $httpd   = CxxProxy::Httpd->start(CxxProxy::Example->enabled(@modules), log_level => 'warn', config => <<"CONF");
LogFormat "%h %l %u \\"%r\\" %>s backend:%{BALANCER_WORKER_NAME}e time:%D" proxy
CustomLog __ROOT__/logs/proxy proxy
<VirtualHost *:__PORT__>
    ServerName www.example.test
    LogLevel proxy:trace2
    ProxyRequests Off
    ProxyVia Off
    ProxyTimeout 30
    Header add Set-Cookie "ROUTEID=.%{BALANCER_WORKER_ROUTE}e; path=/" env=BALANCER_ROUTE_CHANGED

    <Proxy balancer://mycluster>
        BalancerMember http://$one route=1 hcmethod=GET hcuri=/health hcinterval=30
        BalancerMember http://$two route=2 hcmethod=GET hcuri=/health hcinterval=100ms
        BalancerMember http://$standby status=+H
        ProxySet stickysession=ROUTEID
    </Proxy>
    <Proxy http://$payments/*>
        Require ip 127.0.0.9
    </Proxy>

    ProxyPass /api/users/ http://$users/
    ProxyPassReverse /api/users/ http://$users/
    ProxyPass /api/payments/ http://$payments/
    ProxyPassReverse /api/payments/ http://$payments/
    ProxyPass /page http://$page/ connectiontimeout=5 ttl=60 keepalive=On
    ProxyPass / balancer://mycluster/
    ProxyPassReverse / balancer://mycluster/
    AddOutputFilterByType DEFLATE text/html
</VirtualHost>
CONF
my $lines = 0;
sub ask ($path, @headers) {
    my $answer = $httpd->get($path, @headers);
    $httpd->log_lines('proxy', ++$lines);    # so that the lines stand in order
    return $answer;
}
sub served ($count, @headers) { my %seen = map { (ask('/', @headers)->body => 1) } 1 .. $count; join ' ', sort keys %seen }

is served(4), 'one two', 'two members, and a standby that rests';
is ask('/api/users/')->body, 'users', 'a service by its path';
is ask('/api/payments/')->status, 403, 'an access list';
is $httpd->client(from => '127.0.0.9')->request(path => '/api/payments/')->body, 'payments', 'lets some through';
$httpd->log_lines('proxy', ++$lines);

my $packed = ask('/page', 'Accept-Encoding' => 'gzip');
is $packed->header('Content-Encoding'), 'gzip', 'DEFLATE on a proxied page';
my $plain = Compress::Zlib::memGunzip($packed->body);
like $plain, qr/a line of a page/;
unlike $plain . $packed->head, qr/^Via:/mi, 'ProxyVia Off';
ask('/page') for 1 .. 2;
is $page->connection_count, 1, 'keepalive=On and ttl=60: one connection';

my $first  = ask('/');
my ($route) = $first->header('Set-Cookie') =~ /^ROUTEID=\.([12]); path=\/$/;
is served(4, Cookie => "ROUTEID=.$route"), $first->body, 'who sends the cookie back stays';
is ask('/', Cookie => "ROUTEID=.$route")->header('Set-Cookie'), undef, 'and is not told again';

$two->sick;
ok wait_for(sub { served(4) eq 'one' }), 'a member that fails its checks gets nothing';
$one->go_down;
ok wait_for(sub { served(2) eq 'standby' }), 'and the standby steps in';
$two->well;
ok wait_for(sub { served(2) eq 'two' }), 'until a member is well again';

my @log = $httpd->log_lines('proxy', $lines);
like $log[0], qr{^127\.0\.0\.1 - - "GET / HTTP/1\.1" 200 backend:http://(?:\Q$one\E|\Q$two\E) time:\d+$}, 'the log names the member';
like $log[4], qr{"GET /api/users/ HTTP/1\.1" 200 backend:- time:\d+$}, 'where there is one';
like $httpd->error_log, qr/\[proxy:trace2\]/, 'LogLevel proxy:trace2 says each step';

done_testing;
