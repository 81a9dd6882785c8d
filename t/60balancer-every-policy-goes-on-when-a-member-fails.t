use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(await);

my @policies = qw(byrequests bytraffic bybusyness);

for my $policy (@policies) {
    my @backend = map { CxxProxy::Backend->named($_ x 5000) } qw(a b c);
    my $httpd   = CxxProxy::Httpd->start(stack => [map { "lbmethod_$_" } @policies[1, 2]], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend[0] retry=1
    BalancerMember http://$backend[1] retry=1
    BalancerMember http://$backend[2] retry=1
    ProxySet lbmethod=$policy
</Proxy>
ProxyPass / balancer://cluster/
CONF
    my $client = $httpd->client;
    my $served = sub { my $answer = $client->request(path => '/'); $answer->status eq '200' ? substr $answer->body, 0, 1 : $answer->status };
    my $seen   = sub ($count) { my %count; $count{ $served->() }++ for 1 .. $count; return \%count };

    is_deeply $seen->(9), { a => 3, b => 3, c => 3 }, "$policy: all three";
    $backend[1]->go_down;
    is_deeply [sort keys %{ $seen->(9) }], [qw(a c)], "$policy: nobody notices that one is lost";
    $backend[1]->come_up;
    await("$policy: the lost one again", sub { $served->() eq 'b' });
    my $again = $seen->(30);
    is_deeply [sort keys %$again], [qw(a b c)], "$policy: all three again";
    next if $policy ne 'bytraffic';
    cmp_ok $again->{b}, '>', $again->{a} + $again->{c}, 'who was away makes up for its traffic';
}

done_testing;
