use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

# The names of the fields that arrive, without those that always do.
sub arriving (@headers) {
    is $httpd->get('/', @headers)->status, 200;
    return join ' ', grep { !/^(?:Host|X-Forwarded-.*|Connection)$/ } $backend->last_request->{head} =~ /^([^:\s]+):/mg;
}

is arriving('X-A' => 1, Connection => 'X-A, x-b', 'X-B' => 2, 'X-C' => 3), 'X-C', 'what Connection lists';
is arriving('X-A' => 1, Connection => 'X-A;X-B', 'X-B' => 2), '', 'semicolons separate, too';
is arriving('X-A' => 1, Connection => 'X-A', Connection => 'X-B', 'X-B' => 2), '', 'several Connection fields';
is arriving('Keep-Alive' => 'x', TE => 'trailers', Trailer => 'X', Upgrade => 'h2c', 'Proxy-Connection' => 'x'), '', 'those known by name';
is arriving('Cookie' => 'x', Connection => 'cookie'), '', 'even Cookie';
is arriving('Proxy-Authorization' => 'Basic eDp5'), 'Proxy-Authorization', 'credentials for the next proxy stay';
is arriving(Connection => 'close', 'X-A' => 1), 'X-A';

for my $name (qw(Host X-Forwarded-For X-Forwarded-Host X-Forwarded-Server)) {
    $httpd->get('/', Connection => $name);
    like $backend->last_request->{head}, qr/^$name: /m, "$name cannot be listed away";
}

my $post = $httpd->request(method => 'POST', body => 'hello', headers => [Connection => 'Content-Length, Transfer-Encoding']);
is $post->status, 200;
is $backend->last_request->{body}, 'hello', 'nor can the framing';

done_testing;
