# Who may be picked is the same for every policy but heartbeat: what is drained, disabled, a spare, a standby, of a later
# set or in error.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my @policies = qw(byrequests bytraffic bybusyness);
my @backend  = map { CxxProxy::Backend->named($_) } 'a' .. 'e';

# Each balancer with what sixteen requests see of it.
my %case = (
    drained     => [['', 'status=+N', ''],                             'ac'],
    disabled    => [['status=+D', '', ''],                             'bc'],
    stopped     => [['', '', 'status=+S'],                             'ab'],
    rested      => [['', '', 'status=+R', 'status=+H'],                'ab'],
    spare       => [['status=+D', '', 'status=+R', 'status=+R'],       'bc'],
    spares      => [['status=+D', 'status=+N', 'status=+R', 'status=+R'], 'cd'],
    standby     => [['status=+D', 'status=+H', 'status=+H'],           'bc'],
    standby_set => [['status=+D', 'status=+H', 'lbset=1'],             'b'],
    sets        => [['lbset=1', 'lbset=1', '', 'lbset=0', 'lbset=2'],  'cd'],
    next_set    => [['status=+D', 'lbset=3', 'lbset=3', 'lbset=9'],    'bc'],
    both        => [['', 'status=+R status=+H', ''],                   'ac'],
);

my $config = "MaxKeepAliveRequests 0\n";
for my $policy (@policies) {
    for my $name (sort keys %case) {
        my @keys = @{ $case{$name}[0] };
        my @members = map { "    BalancerMember http://$backend[$_]/$policy/$name $keys[$_]" } 0 .. $#keys;
        $config .= join "\n", "<Proxy balancer://$policy-$name>", @members, "    ProxySet lbmethod=$policy", '</Proxy>',
            "ProxyPass /$policy/$name balancer://$policy-$name", '';
    }
}
my $httpd  = CxxProxy::Httpd->start(stack => [map { "lbmethod_$_" } @policies[1, 2]], config => $config);
my $client = $httpd->client;

for my $policy (@policies) {
    for my $name (sort keys %case) {
        my %count;
        $count{ $client->request(path => "/$policy/$name")->body }++ for 1 .. 16;
        my @seen = split //, $case{$name}[1];
        is_deeply \%count, { map { $_ => 16 / @seen } @seen }, "$policy: $name";
    }
}

done_testing;
