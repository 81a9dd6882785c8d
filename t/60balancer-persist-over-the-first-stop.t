use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

# A server that was started, changed and stopped, with no restart in between.
my $backend = CxxProxy::Backend->named('a');
for my $mpm (qw(event prefork)) {
    my $httpd = CxxProxy::Httpd->start(mpm => $mpm, config => <<"CONF");
BalancerPersist On
<Proxy balancer://cluster>
    BalancerMember http://$backend
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
    my $manager = CxxProxy::Manager->new($httpd, '/manager');
    is $httpd->answer('/'), 'a' for 1 .. 3;
    $manager->change(b => 'cluster', w => "http://$backend", w_wr => "r-$mpm");
    my $changed = $manager->member('cluster', "http://$backend");

    $httpd->stop;
    is_deeply [$httpd->problems], [], "$mpm: it stops without a crash";
    $httpd->start_again;
    my $found = $manager->member('cluster', "http://$backend");
    is $found->{route}, "r-$mpm", 'what was changed is there again';
    is $found->{elected}, $changed->{elected}, 'and what was counted' if is_ours();
    $httpd->stop;
}

done_testing;
