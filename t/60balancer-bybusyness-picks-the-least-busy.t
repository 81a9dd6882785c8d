use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(await);

# Holds what asks for /…/hold until it is released.
sub holding ($name) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            $connection->note('held'), $connection->wait_for_release if $request->{head} =~ m{/hold};
            $connection->reply(200, $name);
        }
    });
}

my @backend = map { holding($_) } 0 .. 2;
sub balancer ($name, @weights) {
    my @members = map { "    BalancerMember http://$backend[$_]/$name loadfactor=$weights[$_] route=$_" } 0 .. $#weights;
    return join "\n", "<Proxy balancer://$name>", @members, '    ProxySet lbmethod=bybusyness stickysession=SID', '</Proxy>',
        "ProxyPass /$name balancer://$name", '';
}
my $httpd = CxxProxy::Httpd->start(threads => 32, stack => ['lbmethod_bybusyness'],
    config => join '', balancer('equal', 1, 1, 1), balancer('weighted', 1, 2, 3), balancer('held', 1, 2, 3), balancer('sticky', 1, 1));

# On one connection: a request has ended when the next one comes.
my $client = $httpd->client;
sub sequence ($path, $count, @headers) { join '', map { $client->request(path => $path, headers => \@headers)->body } 1 .. $count }

is sequence('/equal', 7),     '0120120',      'in turn where nobody is busy';
is sequence('/weighted', 12), '210212210212', 'by weight';

is sequence('/sticky', 4, Cookie => 'SID=s.0'), '0000',     'by route';
is sequence('/sticky', 8),                      '11110101', 'new sessions make up for it';

# Requests that do not end, one after the other.
my @waiting;
sub hold (@headers) {
    my %before = map { $_ => scalar $backend[$_]->notes } 0 .. 2;
    my $held   = $httpd->client;
    $held->send(join "\r\n", 'GET /held/hold HTTP/1.1', 'Host: h', @headers, '', '');
    push @waiting, $held;
    my $where;
    await('the request at a member', sub { ($where) = grep { $backend[$_]->notes > $before{$_} } 0 .. 2; defined $where });
    return $where;
}
is join('', map { hold() } 1 .. 9), '210210210', 'who has the fewest is next; equals by weight';
is sequence('/held', 6),            '221221',    'one that ends at once leaves them as busy as they were';
is join('', map { hold('Cookie: SID=s.0') } 1 .. 2), '00',     'by route';
is join('', map { hold() } 1 .. 6),                  '212121', 'counts as busy, too';

$_->release for @backend;
is join('', sort map { $_->read_response->body } @waiting), '0' x 5 . '1' x 6 . '2' x 6, 'all are answered';

done_testing;
