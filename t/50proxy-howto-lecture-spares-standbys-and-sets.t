use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# What a lecture shows of balancers: by traffic with weights and timeouts, hot spares, hot standbys, and sets.
sub sized ($name) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) { $connection->reply(200, "$name " . 'x' x 1000) }
    });
}
my %backend = map { ($_ => sized($_)) } qw(light heavy m1 m2 spare1 spare2 standby1 standby2 set0a set0b set1);
my $slow    = CxxProxy::Backend->start(sub ($connection) { $connection->wait_for_release if $connection->read_request });
my $httpd   = CxxProxy::Httpd->start(stack => ['lbmethod_bytraffic'], config => <<"CONF");
<Proxy "balancer://myset">
    BalancerMember "http://$backend{light}"
    BalancerMember "http://$backend{heavy}" loadfactor=3 timeout=1
    ProxySet lbmethod=bytraffic
</Proxy>
<Proxy "balancer://spares">
    BalancerMember "http://$backend{m1}"
    BalancerMember "http://$backend{m2}"
    BalancerMember "http://$backend{spare1}" status=+R
    BalancerMember "http://$backend{spare2}" status=+R
    BalancerMember "http://$backend{standby1}" status=+H
    BalancerMember "http://$backend{standby2}" status=+H
    ProxySet lbmethod=bytraffic
</Proxy>
<Proxy "balancer://sets">
    BalancerMember "http://$backend{set0a}"
    BalancerMember "http://$backend{set0b}"
    BalancerMember "http://$backend{set1}" lbset=1
    ProxySet lbmethod=bytraffic
</Proxy>
ProxyPass "/images/" "balancer://myset/"
ProxyPassReverse "/images/" "balancer://myset/"
ProxyPass "/spares/" "balancer://spares/"
ProxyPass "/sets/" "balancer://sets/"
ProxyPass "/slow/" "http://$slow/" timeout=1
CONF

# On one connection: a request's bytes are counted when the next one comes.
my $client = $httpd->client;
sub name ($path) {
    my $answer = $client->request(path => $path);
    return $answer->status eq '200' ? $answer->body =~ s/ .*//r : $answer->status;
}
sub seen ($path, $count) { my %seen; $seen{ name($path) }++ for 1 .. $count; \%seen }
sub who ($path) { join ' ', sort keys %{ seen($path, 8) } }

is_deeply seen('/images/', 16), { light => 4, heavy => 12 }, 'three times the traffic';
like name('/slow/'), qr/^50[24]$/, 'a timeout of a second';

is who('/spares/'), 'm1 m2', 'spares and standbys rest';
$backend{m1}->go_down;
name('/spares/') for 1 .. 4;
is who('/spares/'), 'm2 spare1', 'a spare for each that is lost';
$backend{m2}->go_down;
name('/spares/') for 1 .. 4;
is who('/spares/'), 'spare1 spare2', 'the second one, too';
$backend{$_}->go_down for qw(spare1 spare2);
name('/spares/') for 1 .. 4;
is who('/spares/'), 'standby1 standby2', 'the standbys when nobody else is left';

is who('/sets/'), 'set0a set0b', 'the first set';
$backend{set0a}->go_down;
is who('/sets/'), 'set0b', 'as long as one of it is there';
$backend{set0b}->go_down;
is who('/sets/'), 'set1', 'then the second';

done_testing;
