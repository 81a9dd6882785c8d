use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;

# hctemplate= sets all six values of a member at once: keys before it are lost, keys after it count. A template that leaves a
# key out has its usual value; only its method is TCP then, where a member's is NONE.
my @cases = (
    # keys of the member => method, interval, passes, fails, uri, expression
    [''                                                    => 'NONE', '30000ms', 1, 1, '', ''],
    ['hctemplate=empty'                                    => 'TCP', '30000ms', 1, 1, '', ''],
    ['hctemplate=full'                                     => 'HEAD', '5000ms', 3, 2, '/full', 'fine'],
    ['hctemplate=FULL'                                     => 'HEAD', '5000ms', 3, 2, '/full', 'fine'],
    ['HCTemplate=Full'                                     => 'HEAD', '5000ms', 3, 2, '/full', 'fine'],
    ['hcmethod=GET hcuri=/lost hcpasses=7 hctemplate=full' => 'HEAD', '5000ms', 3, 2, '/full', 'fine'],
    ['hcexpr=fine hcuri=/lost hctemplate=empty'            => 'TCP', '30000ms', 1, 1, '', ''],
    ['hctemplate=full hcmethod=GET hcuri=/later'           => 'GET', '5000ms', 3, 2, '/later', 'fine'],
    ['hctemplate=full hcinterval=1500ms hcpasses=0'        => 'HEAD', '1500ms', 0, 2, '/full', 'fine'],
    ['hctemplate=full hcfails=9 hcexpr=Other'              => 'HEAD', '5000ms', 3, 9, '/full', 'Other'],
    ['hctemplate=full hctemplate=short'                    => 'TCP', '60000ms', 1, 1, '', ''],
    ['hctemplate=of_a_template'                            => 'OPTIONS11', '5000ms', 3, 2, '/full', 'fine'],
    ['hctemplate=twice'                                    => 'GET', '30000ms', 4, 1, '', ''],
    ['hctemplate=none'                                     => 'NONE', '30000ms', 1, 1, '', ''],
);
my $backend = CxxProxy::Backend->named('member');
my $checked = CxxProxy::HealthCheck->member('checked');
my $silent  = CxxProxy::Backend->start(sub ($connection) { $connection->wait_for_close });
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", <<'CONF', (map { <<"CONF" } 0 .. $#cases), <<"CONF");
ProxyHCExpr fine  {%{REQUEST_STATUS} < 300}
ProxyHCExpr Other "%{REQUEST_STATUS} == 200"
ProxyHCTemplate empty
ProxyHCTemplate full  hcmethod=HEAD hcinterval=5 hcpasses=3 hcfails=2 hcuri=/full hcexpr=fine
ProxyHCTemplate short HCINTERVAL=1mi
ProxyHCTemplate of_a_template hctemplate=full hcmethod=options11
ProxyHCTemplate twice hcmethod=GET hcpasses=4
ProxyHCTemplate twice hcmethod=HEAD hcpasses=5
ProxyHCTemplate none  hcmethod=NONE
ProxyHCTemplate soon  hcmethod=GET hcinterval=100ms hcuri=/health
ProxyHCTemplate tcp   hcinterval=100ms
CONF
<Proxy balancer://b$_>
    BalancerMember http://$backend/$_ $cases[$_][0]
</Proxy>
CONF
<Proxy balancer://checked>
    BalancerMember http://$checked hctemplate=soon
    BalancerMember http://$silent hctemplate=tcp
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

for my $nth (0 .. $#cases) {
    my ($keys, $method, $interval, $passes, $fails, $uri, $expression) = @{ $cases[$nth] };
    my $row = $manager->row("http://$backend/$nth");
    is_deeply [@$row{'HC Method', 'HC Interval', 'Passes', 'Fails', 'HC uri', 'HC Expr'}],
        [$method, $interval, "$passes (0)", "$fails (0)", $uri, $expression], "'$keys'";
}

# Its values are those of the checks.
$checked->wait_for_checks(2);
is +($checked->checks)[0], "GET /health HTTP/1.0\r\nHost: $checked\r\n\r\n", 'GET of the template';
$silent->wait_for_close(2);
is $silent->bytes(1), '', 'and TCP of one without a method';
$checked->sick;
is until_status($manager, 'checked', "http://$checked", qr/HcFl/), 'Init HcFl ';

done_testing;
