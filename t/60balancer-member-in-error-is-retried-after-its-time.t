use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(await);

my ($one, $two) = map { CxxProxy::Backend->named($_) } qw(one two);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://patient>
    BalancerMember http://$one retry=100
    BalancerMember http://$two
</Proxy>
<Proxy balancer://soon>
    BalancerMember http://$one/soon retry=1
    BalancerMember http://$two/soon
</Proxy>
<Proxy balancer://once>
    BalancerMember http://$one/once retry=0
    BalancerMember http://$two/once
</Proxy>
ProxyPass /patient balancer://patient
ProxyPass /soon    balancer://soon
ProxyPass /once    balancer://once
CONF

sub seen ($path) { my %seen; $seen{ $httpd->answer($path) }++ for 1 .. 6; join ' ', sort keys %seen }

$one->go_down;
is seen($_), 'two', "$_: a member down costs no request" for qw(/patient /soon /once);
$one->come_up;
is seen('/patient'), 'two', 'left alone for its time';
is seen('/once'), 'one two', 'retry=0: at once';
await('the member to be tried again', sub { seen('/soon') eq 'one two' });
pass 'retry=1: after a while';
is seen('/patient'), 'two';
like $httpd->error_log, qr/AH00959: .*disabling worker.*127\.0\.0\.1.* for 100s/;

done_testing;
