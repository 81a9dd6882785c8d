use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $plain  = CxxProxy::Backend->teller('plain');
my $member = CxxProxy::Backend->teller('member');
my $httpd  = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /plain http://$plain/
<Proxy balancer://cluster>
    BalancerMember http://$member
</Proxy>
ProxyPass /cluster balancer://cluster
<VirtualHost *:__PORT__>
    ServerName default.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName pass-off.test
    ProxyPassInherit Off
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName balancer-off.test
    BalancerInherit Off
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName both-off.test
    ProxyPassInherit Off
    BalancerInherit Off
</VirtualHost>
CONF

for my $host (qw(default.test pass-off.test balancer-off.test)) {
    is $httpd->answer('/plain/x', Host => $host), 'plain//x', "$host: the mapping";
    like $plain->last_request->{head}, qr/^Connection: Keep-Alive\r$/m, "$host: on its worker";
    is $httpd->answer('/cluster/x', Host => $host), 'member/x', "$host: the balancer";
}

# Both off: workers and balancers are gone, the mappings are not.
is $httpd->answer('/plain/x', Host => 'both-off.test'), 'plain//x', 'both off: the mapping still holds';
like $plain->last_request->{head}, qr/^Connection: close\r$/m, 'both off: on the generic worker';
is $httpd->answer('/cluster/x', Host => 'both-off.test'), 500, 'both off: nobody knows the balancer';

done_testing;
