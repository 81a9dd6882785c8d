use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);

sub served ($status) {
    my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a status=$status
    BalancerMember http://$b
</Proxy>
ProxyPass / balancer://cluster/
CONF
    return join '', map { $httpd->answer('/') } 1 .. 4;
}

is served('+D'),   'bbbb';
is served('d'),    'bbbb', 'a letter alone sets, case does not matter';
is served('+D-D'), 'abab';
is served('+DS-DS'), 'abab', 'a sign stays in force';
is served('+E'),   'abab', 'error set by the configuration is over at the first look';
is served('+I'),   'abab';
is served('-S'),   'abab';

my ($ok) = CxxProxy::Httpd->check(config => "BalancerMember balancer://x http://$a status=+Q");
ok !$ok, 'unknown letters are refused';
($ok) = CxxProxy::Httpd->check(config => "BalancerMember balancer://x http://$a status=D+");
ok !$ok, 'a sign without a letter is refused';

done_testing;
