use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# Answers with its name and as many bytes as it was asked for: /path/5000.
sub sized ($name) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            my ($size) = $request->{head} =~ m{^\S+ /\w+/(\d+)};
            $connection->reply(200, $name . 'x' x $size);
        }
    });
}

my ($one, $two, $three) = map { sized($_) } 0 .. 2;
sub balancer ($name, @weights) {
    my @members = map { "    BalancerMember http://$_/$name loadfactor=" . shift @weights } $one, $two, $three;
    return join "\n", "<Proxy balancer://$name>", @members, '    ProxySet lbmethod=bytraffic', '</Proxy>',
        "ProxyPass /$name balancer://$name", '';
}
my $httpd = CxxProxy::Httpd->start(stack => ['lbmethod_bytraffic'],
    config => join '', balancer('equal', 1, 1, 1), balancer('weighted', 1, 2, 3), balancer('answers', 1, 1, 1), balancer('uploads', 1, 1, 1));

# One after the other on one connection: a request is counted when the next one comes.
my $client = $httpd->client;
sub picked ($path, $body = '') {
    my $answer = $client->request(method => $body eq '' ? 'GET' : 'POST', path => $path, body => $body);
    return substr $answer->body, 0, 1;
}

is join('', map { picked('/equal/20000') } 1 .. 9),     '012012012',          'in turn where all are the same';
is join('', map { picked('/weighted/30000') } 1 .. 18), '012212012212012212', '1:2:3';
my @sizes = (90_000, 10_000, 30_000, (10_000) x 9);
is join('', map { picked("/answers/$_") } @sizes), '012112121212', 'a large answer is made up for';
is join('', map { picked('/uploads/10', 'u' x $_) } @sizes), '012112121212', 'and a large upload';

done_testing;
