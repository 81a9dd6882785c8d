# How evenly lbmethod=bybusyness spreads requests that come all at once, over several children.
#
#   my @spread = CxxProxy::Spread->of(clients => 32, members => 1000, rounds => 20);
#
# In each round all clients ask at once, and nobody is answered before all requests have arrived. For each round: how many
# more requests the busiest member had then than the idlest.
package CxxProxy::Spread;

use v5.36;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(await);
use List::Util qw(max min);

sub of ($class, %option) {
    my ($clients, $members, $rounds) = @option{qw(clients members rounds)};
    my $backend = CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            my ($member, $round) = $request->{head} =~ m{^GET /(\w+)/(\w+)};
            $connection->note("$round $member");
            $connection->wait_for_release($round);
            $connection->reply(200, 'served');
        }
    });
    my @names = map { 1000 + $_ } 1 .. $members;
    my $lines = join "\n", map { "BalancerMember http://$backend/$_" } @names;
    my $httpd = CxxProxy::Httpd->start(stack => ['lbmethod_bybusyness'], children => 4, threads => 32, config => <<"CONF");
<Proxy balancer://cluster>
    $lines
    ProxySet lbmethod=bybusyness
</Proxy>
ProxyPass / balancer://cluster/
CONF
    return map {
        my $round  = $_;
        my @client = map { $httpd->client } 1 .. $clients;
        $_->send("GET /$round HTTP/1.1\r\nHost: h\r\n\r\n") for @client;
        my %open;
        await("all requests of round $round", sub {
            %open = map { $_ => 0 } @names;
            my @arrived = map { /^$round (.*)/ ? $1 : () } $backend->notes;
            $open{$_}++ for @arrived;
            return @arrived == $clients;
        });
        $backend->release($round);
        $_->read_response for @client;
        max(values %open) - min(values %open);
    } 1 .. $rounds;
}

1;
