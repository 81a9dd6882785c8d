use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(in_processes);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

# Pages are written while others change what they are about.
my @backends  = map { CxxProxy::Backend->named($_) } qw(a b);
my @balancers = map {"cluster$_"} 1 .. 8;
my $httpd     = CxxProxy::Httpd->start(config => join '', map { <<"CONF" } @balancers);
<Proxy balancer://$_>
    BalancerMember http://$backends[0]
    BalancerMember http://$backends[1]
    ProxySet nonce=sesame stickysession=SID
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
@{[is_ours() ? "<Location /metrics>\nSetHandler cxxproxy-metrics\n</Location>" : '']}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my ($child) = $httpd->children;

my @whole = in_processes(6, sub ($number) {
    my ($whole, $broken) = (0, 0);
    for my $round (1 .. 60) {
        my $balancer = $balancers[($number + $round) % @balancers];
        my $page     = $manager->change(b => $balancer, nonce => 'sesame', b_tmo => $number * 100 + $round, b_ss => "SID$round")->body;
        $whole++ if $page =~ m{</html>\s*$} && $manager->xml =~ m{</httpd:manager>\s*$};
        $manager->get("?b=$balancer&nonce=sesame&sort=Busy");
        $broken++ if is_ours() && ($manager->get('?json=1')->body !~ /^\}\n\z/m || $httpd->get('/metrics')->body !~ /^# EOF\n\z/m);
    }
    return [$whole - $broken];
});
is_deeply [map { ref $_ eq 'ARRAY' ? $_->[0] : $_->{died} } @whole], [(60) x 6], 'every page is whole';
is_deeply [$httpd->children], [$child], 'no child has died';

done_testing;
