use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my @closed = map { CxxProxy::Backend->closed } 1 .. 3;
my $up     = CxxProxy::Backend->named('up');
my $members = join '', map { "BalancerMember http://$_\n" } @closed, $up;

sub status_with ($set, $list = $members) {
    my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
$list
ProxySet $set
</Proxy>
ProxyPass / balancer://cluster/
CONF
    my $answer   = $httpd->answer('/');
    my $attempts = () = $httpd->error_log =~ /AH00957/g;
    return "$answer after $attempts";
}

is status_with('lbmethod=byrequests'), 'up after 3', 'by default as many as there are others';
is status_with('maxattempts=0'),       '503 after 1', 'an explicit 0 means none';
is status_with('maxattempts=1'),       '503 after 2';
is status_with('maxattempts=2'),       '503 after 3';
is status_with('maxattempts=3'),       'up after 3';
is status_with('maxattempts=9'),       'up after 3';
is status_with('lbmethod=byrequests', "BalancerMember http://$closed[0]\n"), '503 after 1', 'a lone member is tried once';
is status_with('maxattempts=3', "BalancerMember http://$closed[0]\n"), '503 after 4', 'unless more is asked for';

done_testing;
