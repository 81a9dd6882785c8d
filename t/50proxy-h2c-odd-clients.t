use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Backend;
use CxxProxy::Http2Client;
use CxxProxy::Httpd;

# Requests that once brought a child down (CVE-2025-49630) or put lines into what a backend reads (CVE-2021-33193).
plan skip_all => CxxProxy::Http2Client->missing if CxxProxy::Http2Client->missing;

my $backend = CxxProxy::Http2Backend->start;
my $httpd   = CxxProxy::Httpd->start(modules => ['http2'], stack => ['proxy_http2'], config => <<"CONF");
Protocols h2c http/1.1
ProxyPreserveHost On
ProxyPass /raw h2c://$backend/raw nocanon
ProxyPass /    h2c://$backend/
CONF
my ($child) = $httpd->children;
sub seen () { scalar $backend->requests }

# --- no Host ---
for my $request ("GET /x HTTP/1.0\r\n\r\n", "GET /raw/x HTTP/1.0\r\n\r\n", "POST /x HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody") {
    my ($line) = $request =~ /\A(.*?)\r/;
    my $before = seen();
    my $client = $httpd->client;
    $client->send($request);
    my $answer = $client->read_response;
    is $answer->status, 200, "$line without Host and with ProxyPreserveHost";
    like $answer->body, qr/^:authority: proxy\.test\r$/m, 'the backend is told the name of the server';
    is seen() - $before, 1, 'it was asked once';
}
my $named = $httpd->request(version => '1.0', host => 'client.test')->body;
like $named, qr/^:authority: client\.test\r$/m, 'one that is named is preserved';

# --- what no line of HTTP/1 could hold ---
my $lines  = " HTTP/1.1\r\nHost: other.test\r\nX-Smuggled: yes\r\n\r\nGET /smuggled";
my $before = seen();
my %odd = (
    'a space in :path'    => { path => '/a b' },
    'lines in :path'      => { path => "/a$lines" },
    'a space in :method'  => { path => '/x', method => 'GET /x' },
    'lines in :method'    => { path => '/x', method => "GET /smuggled HTTP/1.1\r\nX-Smuggled: yes\r\n\r\nGET" },
    'lines in :authority' => { path => '/x', host => "proxy.test\r\nX-Smuggled: yes" },
    'lines in a value'    => { path => '/x', headers => ['x-one' => "1\r\nX-Smuggled: yes"] },
    'lines in a name'     => { path => '/x', headers => ["x-one: 1\r\nx-smuggled" => 'yes'] },
);
for my $what (sort keys %odd) {
    my ($answer) = CxxProxy::Http2Client->ask($httpd->port, $odd{$what});
    my $came = $answer->{status} // $answer->{ended};
    like $came, qr/\A(?:400|reset 1|closed)\z/, "$what: $came";
}
is seen() - $before, 0, 'none of them reaches the backend';

# --- and what may be written so ---
my $escaped = '/a%20b%20HTTP/1.1%0d%0aX-Smuggled:%20yes';
for my $path ($escaped, "/raw$escaped") {
    my ($answer) = CxxProxy::Http2Client->ask($httpd->port, { path => $path });
    like $answer->{body}, qr/^:path: \Q$path\E\r$/mi, 'what is escaped stays escaped';
    unlike $answer->{body}, qr/^x-smuggled/mi;
}
is $httpd->answer('/x') =~ /^:path: (.*?)\r$/m && $1, '/x', 'the next request works';
is_deeply [$httpd->children], [$child], 'no child has gone';
is_deeply [$backend->troubles], [];
done_testing;
