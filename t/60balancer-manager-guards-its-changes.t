use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

my $backend = CxxProxy::Backend->named('a');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
</Proxy>
<Proxy balancer://readonly>
    BalancerMember http://$backend/r
    ProxySet nonce=None
</Proxy>
<Proxy balancer://fixed>
    BalancerMember http://$backend/f
    ProxySet nonce=sesame
</Proxy>
ProxyPass /manager !
ProxyPass /r balancer://readonly/
ProxyPass /f balancer://fixed/
ProxyPass / balancer://cluster/
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $nonce   = $manager->nonce('cluster');
my %disable = (b => 'cluster', w => "http://$backend", w_status_D => 1);
my @same    = (Referer => 'http://proxy.test/manager');

# Did the change happen? (And undo it.)
sub changes ($parameter, @headers) {
    is $manager->post($parameter, @headers)->status, 200;
    my $status = $manager->member('cluster', "http://$backend")->{status};
    $manager->change(%disable, w_status_D => 0);
    return $status =~ /Dis/ ? 1 : 0;
}

is changes({ %disable, nonce => $nonce }, @same), 1, 'with nonce and referer';
is changes({ %disable, nonce => $nonce }, Referer => 'HTTP://PROXY.TEST/x'), 1, 'case does not matter';
is changes({ %disable, nonce => 'wrong' }, @same), 0, 'a wrong nonce';
is changes({%disable}, @same), 0, 'no nonce';
is changes({ %disable, nonce => $nonce }), 0, 'no referer';
is changes({ %disable, nonce => $nonce }, Referer => 'http://evil.test/manager'), 0, 'from another host';
is changes({ %disable, nonce => $nonce }, Referer => 'http://proxy.test.evil.test/'), 0, 'from a host whose name begins like ours';
is changes({ %disable, nonce => $nonce }, @same, Origin => 'http://evil.test'), per_stack(stock => 1, ours => 0), 'an origin that differs';
is changes({ %disable, nonce => $nonce }, Origin => 'http://proxy.test'), per_stack(stock => 0, ours => 1), 'the same origin, no referer';
is changes({ %disable, nonce => $nonce }, Referer => 'http://proxy.test:1/manager'), per_stack(stock => 1, ours => 0), 'another port is another origin';

is $manager->get('?xml=1', 'X-None' => 1)->header('Content-Type'), per_stack(stock => 'text/html; charset=ISO-8859-1', ours => 'text/xml'),
    'looking without a referer';

is $manager->change(b => 'readonly', w => "http://$backend/r", w_status_D => 1, nonce => $_)->status, 200 for 'None', '';
unlike $manager->member('readonly', "http://$backend/r")->{status}, qr/Dis/, 'nonce=None: nobody can change anything';
$manager->change(b => 'fixed', w => "http://$backend/f", w_status_D => 1, nonce => 'sesame');
like $manager->member('fixed', "http://$backend/f")->{status}, qr/Dis/, 'a nonce of the administrator\'s own';

is $manager->get("?b=cluster&w=http://$backend&w_status_D=1&nonce=$nonce", @same)->status, 200;
unlike $manager->member('cluster', "http://$backend")->{status}, qr/Dis/, 'a GET changes nothing';

unlike $manager->get('?b=<script>&w=<script>&nonce=<script>', @same)->body, qr/<script>/, 'what is asked for is escaped';

done_testing;
