use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: nothing is said' unless is_ours();

my $backend = CxxProxy::Backend->named('a');
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], modules => ['headers'], config => <<"CONF");
ProxyHCTPsize 4
ProxyHCTemplate twice hcmethod=GET
ProxyHCTemplate TWICE hcmethod=TCP
ProxyPass /alone http://$backend hcmethod=TCP
<Proxy balancer://cluster>
    BalancerMember http://$backend hctemplate=twice
</Proxy>
ProxyPass / balancer://cluster/
Header always set X-Body none "expr=hc('body') == '' && %{HC_BODY} == ''"
CONF
is $httpd->answer('/'), 'a';
my $log = $httpd->error_log;
like $log, qr/\[proxy:notice\].*CXP0211: ProxyHCTPsize is without effect/;
like $log, qr/\[proxy_hcheck:warn\].*CXP0210: ProxyHCTemplate TWICE at \S+:\d+ is never used: there is one of that name at \S+:\d+/;
like $log, qr/\[proxy:warn\].*CXP0212: http:\/\/$backend \(\S+:\d+\): its hc\* keys are without effect/, 'a member that stands alone';
my @said = $log =~ /(CXP0212)/g;
is scalar(@said), 1, 'and nothing about the balancer\'s';

is $httpd->get('/')->header('X-Body'), 'none', 'hc() reads nothing where there is no check';
done_testing;
