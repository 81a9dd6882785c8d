use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# The words of a status, in their order, for every letter of status=.
my $backend = CxxProxy::Backend->named('x');
my @case = (['+I', 'Init Ign Ok '], ['+N', 'Init Drn Ok '], ['+D', 'Init Dis '], ['+S', 'Init Stop '], ['+E', 'Init Err '], ['+H', 'Init Stby Ok '],
    ['+R', 'Init Spar Ok '], ['+C', 'Init HcFl '], ['+U', 'Init Shut '], ['+F', 'Init Free Ok '], ['+G', 'Init Gen Ok '], ['+O', 'Init Ok '],
    ['ingudsehrfc', 'Init Ign Drn Gen Shut Dis Stop Err Stby Spar Free HcFl '], ['+DS-D', 'Init Stop '], ['+H+R', 'Init Stby Spar Ok '],
    ['D-H', 'Init Dis '], ['-DSE', 'Init Ok '], ['-O', 'Init Ok ']);
my $members = join '', map { "    BalancerMember http://$backend/" . (1000 + $_) . " status=$case[$_][0]\n" } 0 .. $#case;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
$members
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $shown   = $manager->balancer('cluster')->{members};
is $shown->{"http://$backend/" . (1000 + $_)}{status}, $case[$_][1], "status=$case[$_][0]" for 0 .. $#case;

sub change (%what) { $manager->change(b => 'cluster', w => "http://$backend/1011", %what) }
sub status () { $manager->member('cluster', "http://$backend/1011")->{status} }
my $set = '';
for my $case (['I', 'Ign '], ['N', 'Drn '], ['H', 'Stby '], ['R', 'Spar ']) {
    my ($letter, $word) = @$case;
    change("w_status_$letter" => 1);
    is status, 'Init ' . ($set .= $word) . 'Ok ', "+$letter at run time";
}
change(w_status_C => 1);
is status, "Init ${set}HcFl ", 'a failed health check';
change(w_status_C => 0, w_status_D => 1);
is status, 'Init Ign Drn Dis Stby Spar ';
change(w_status_D => $_), is(status, 'Init Ign Drn ' . ($_ ne '0' && $_ ne 'x' ? 'Dis ' : '') . 'Stby Spar ' . ($_ ne '0' && $_ ne 'x' ? '' : 'Ok '), "w_status_D=$_") for 0, 7, 'x', -1;
change("w_status_$_" => 1) for qw(E O U F G);
is status, 'Init Ign Drn Dis Stby Spar ', 'the others nobody can set';
change(map { ("w_status_$_" => 0) } qw(I N D H R S C));
is status, 'Init Ok ';

done_testing;
