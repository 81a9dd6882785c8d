use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

sub backend ($name) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            $connection->reply($request->{head} =~ m{/(\d\d\d)} ? $1 : 200, $name);
        }
    });
}
my ($one, $two) = map { backend($_) } qw(one two);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$one
    BalancerMember http://$two
    ProxySet failonstatus=500,502
</Proxy>
<Proxy balancer://plain>
    BalancerMember http://$one/plain
    BalancerMember http://$two/plain
</Proxy>
ProxyPass /plain balancer://plain
ProxyPass /      balancer://cluster/
CONF

sub both ($path) { my $response = $httpd->get($path); $response->status . ' ' . $response->body }

is both('/plain/503'), '503 one', 'an answer is an answer, even 503';
is both('/plain/503'), '503 two', 'and its member stays';
is both('/plain/x'),   '200 one';

is both('/404'), '404 one';
is both('/500'), '500 two', 'the client still gets the answer';
is both('/x'), '200 one', 'but the member is out' for 1 .. 3;
like $httpd->error_log, qr/AH01174: .*http:\/\/$two.*500.*failonstatus/;

done_testing;
