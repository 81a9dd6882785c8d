use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

# Where the engine does not serve, the balancer-manager does what it does elsewhere.
sub check_manager ($mpm, $lines = '') {
    my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
    my $httpd = CxxProxy::Httpd->start(mpm => $mpm, children => 3, threads => 4, config => <<"CONF");
$lines
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b route=rb
    ProxySet stickysession=SID growth=1 nonce=sesame
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
    my $what    = "$mpm $lines";
    my $manager = CxxProxy::Manager->new($httpd, '/manager');
    my $served  = sub (@headers) { join '', sort map { $httpd->answer('/', @headers) } 1 .. 12 };
    is $served->(), 'a' x 6 . 'b' x 6, "$what: the shares are those of all children together";
    $manager->change(b => 'cluster', w => "http://$a", w_status_D => 1);
    is $served->(), 'b' x 12, "$what: disabled, in all children";
    $manager->change(b => 'cluster', w => "http://$a", w_status_D => 0, w_lf => 2);
    is $served->(), 'a' x 8 . 'b' x 4, "$what: a factor";
    is $manager->change(b => 'cluster', b_nwrkr => "http://$c/", b_wyes => 1)->status, 200;
    $manager->change(b => 'cluster', w => "http://$c/", w_status_D => 0, w_wr => 'rc');
    is $served->(Cookie => 'SID=x.rc'), 'c' x 12, "$what: an added member, in all children";
    $c->go_down;
    $httpd->get('/', Cookie => 'SID=x.rc') for 1 .. 2;
    is $manager->member('cluster', "http://$c/")->{status}, 'Init Err ', "$what: an error";
    like $manager->html('?b=cluster&nonce=sesame'), qr/Edit balancer settings/;
}
check_manager($_) for qw(prefork worker);
check_manager('event', 'CxxProxyEngine Off') if is_ours();

done_testing;
