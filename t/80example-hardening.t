use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;

my @careless = (Server => 'App/1.2.3', 'X-Powered-By' => 'Lang/4.5', 'X-Frame-Options' => 'ALLOWALL', 'X-Content-Type-Options' => 'sniff',
    'Referrer-Policy' => 'unsafe-url');
my $app = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) { $connection->reply(200, $request->{head}, @careless) }
});
my $other = CxxProxy::Backend->named('another site');
my $site  = CxxProxy::Example->open('hardening.conf')->start(
    { '10.0.0.11:8080' => $app, '192.168.1.0/24' => '127.0.0.9', 'header=10-30' => 'header=1' },
    around => "ServerTokens Full\nServerSignature On");
my $slow = $site->client;
$slow->send("GET / HTTP/1.1\r\nHost: www.exam");

# An open proxy would be asked so.
is $site->request(path => "http://$other/", host => "$other")->status, 403, 'GET http://another-site/';
is $site->request(path => "http://$other/")->status, 403, 'also with our name in Host';
is $site->request(path => '/', host => "$other")->status, 403, 'another name';
is $site->request(path => '/', version => '1.0', host => undef)->status, 403, 'no name';
is $site->request(method => 'CONNECT', path => "$other")->status, 403, 'CONNECT';
is $site->request(path => '/x', headers => [Host => '[::1'])->status, 400, 'no name at all';
is scalar $other->requests, 0, 'nobody was asked';
is $site->request(method => $_->[0], path => $_->[1])->status, 405, $_->[0]
    for ['TRACE', '/'], ['CONNECT', 'www.example.org:443'], ['PROPFIND', '/'], ['MADEUP', '/'];
is scalar $app->requests, 0, 'the application has seen nothing of it';

my @made_up = ((map { ($_ => '192.0.2.1') } qw(X-Forwarded-For X-Real-IP Forwarded)),
    (map { ($_ => 'made.up') } qw(X-Forwarded-Host X-Forwarded-Server Proxy)), 'X-Forwarded-Proto' => 'https');
my $answer = $site->client_with(from => '127.0.0.7')->get('/', @made_up);
is $answer->status, 200, 'the site itself';
like $answer->body, qr/^X-Forwarded-For: 127\.0\.0\.7\r$/m, 'the application knows from where';
like $answer->body, qr/^X-Forwarded-Proto: http\r$/m;
like $answer->body, qr/^Host: www\.example\.org\r$/m;
unlike $answer->body, qr/192\.0\.2\.1|made\.up/, 'and reads nothing that the client made up';
my %wanted = (Server => 'Apache', 'X-Powered-By' => undef, 'X-Content-Type-Options' => 'nosniff', 'X-Frame-Options' => 'SAMEORIGIN',
    'Referrer-Policy' => 'strict-origin-when-cross-origin');
for my $name (sort keys %wanted) {
    is join(', ', $answer->all($name)), $wanted{$name} // '', $name;
}
my $refused = $site->get('/admin/x');
is $refused->status, 403, '/admin is not for everybody';
is $refused->header('X-Content-Type-Options'), 'nosniff', 'error pages have the fields, too';
unlike $refused->body . $refused->header('Server'), qr{Apache/|\d\.\d\.\d|<address>}, 'and no version or signature';
is $site->client_with(from => '127.0.0.9')->get('/admin/x')->status, 200, 'but for some';
is $site->get($_)->status, 403, $_ for qw(//admin/x /x/../admin/ /%61dmin);

is $site->request(method => 'POST', path => '/', body => 'x' x 1000)->status, 200, 'a body';
is $site->request(method => 'POST', path => '/', body => 'x' x 1000, chunked => 1)->status, 411, 'one of unknown length';
my $client = $site->client;
$client->send("POST / HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: 10485761\r\n\r\n");
is $client->read_response->status, 413, 'one beyond the limit';
is $site->get('/', map { ("X-$_" => 1) } 1 .. 70)->status, 400, 'more fields than allowed';
is $slow->read_response->status, 408, 'a head that takes too long';

done_testing;
