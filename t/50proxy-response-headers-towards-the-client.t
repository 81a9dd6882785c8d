use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# The backend answers with the head that the test has written into a file.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($head) = $request->{head} =~ /^X-Answer: (.*)\r$/m;
        $connection->send($head =~ s/\|/\r\n/gr . "\r\n\r\nok");
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
CONF

sub answer ($head) { $httpd->get('/', 'X-Answer' => "$head|Content-Length: 2") }
sub head_of ($head) { answer($head)->head =~ s/^Content-Length: 2\r\n//mr =~ s/\r\n\r\n$//r =~ s/\r\n/|/gr }

is head_of('HTTP/1.1 200 Fine|Date: Fri, 20 Nov 2026 10:00:00 GMT|Server: Theirs/1|X-A: 1|X-B: 2|X-A: 3|Content-Type: text/x'),
    'HTTP/1.1 200 Fine|Date: Fri, 20 Nov 2026 10:00:00 GMT|Server: Theirs/1|X-A: 1|X-B: 2|X-A: 3|Content-Type: text/x',
    'order, repeated fields, date, server and reason stay';

like head_of('HTTP/1.1 200 OK'), qr/^HTTP\/1\.1 200 OK\|Date: [^|]* GMT\|Server: Apache[^|]*$/, 'date and server are ours if missing';
is answer('HTTP/1.1 200 OK')->header('Content-Type'), undef, 'no type is invented';
is answer('HTTP/1.1 299')->status_line, 'HTTP/1.1 299 ', 'no reason phrase';
like answer('HTTP/1.1 404')->status_line, qr{^HTTP/1\.1 404 }, 'nor is a reason';
is answer('HTTP/1.0 201 Made')->status_line, 'HTTP/1.1 201 Made';

sub names ($head) { join ' ', grep { !/^(?:Date|Server|Content-Length)$/ } answer($head)->names }

is names('HTTP/1.1 200 OK|Connection: X-A, close|X-A: 1|X-B: 2'), 'X-B', 'what Connection lists ends here';
is names('HTTP/1.1 200 OK|Keep-Alive: timeout=5|Proxy-Authenticate: Basic|TE: x|Trailer: X|Upgrade: h2c|Proxy-Connection: x|X-B: 2'), 'X-B';
is names('HTTP/1.1 200 OK|Set-Cookie: a=1|Set-Cookie: b=2'), 'Set-Cookie Set-Cookie';
is answer('HTTP/1.1 200 OK|Vary: x|Vary: y')->header('Vary'), 'x,y';

my $dates = answer('HTTP/1.1 200 OK|Date: Friday, 20-Nov-26 10:00:00 GMT|Expires: Fri Nov 20 11:00:00 2026|Last-Modified: Friday, 20-Nov-26 09:00:00 GMT|X-Date: Friday, 20-Nov-26 09:00:00 GMT');
is $dates->header('Date'),          'Fri, 20 Nov 2026 10:00:00 GMT', 'old date formats become new';
is $dates->header('Expires'),       'Fri, 20 Nov 2026 11:00:00 GMT';
is $dates->header('Last-Modified'), 'Fri, 20 Nov 2026 09:00:00 GMT';
is $dates->header('X-Date'),        'Friday, 20-Nov-26 09:00:00 GMT';
is answer('HTTP/1.1 200 OK|Expires: 0')->header('Expires'), '0', 'what is no date stays';

my $warning = answer('HTTP/1.1 200 OK|Date: Fri, 20 Nov 2026 10:00:00 GMT|Warning: 110 a "x" "Fri, 20 Nov 2026 10:00:00 GMT", 111 b "y" "Fri, 20 Nov 2026 09:00:00 GMT"');
is $warning->header('Warning'), '110 a "x" "Fri, 20 Nov 2026 10:00:00 GMT"', 'warnings with another date go';

done_testing;
