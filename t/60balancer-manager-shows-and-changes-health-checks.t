use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: nothing in the XML, no log lines, no gRPC' unless is_ours();

# What only our pages have: elements in the XML, a line in the log for each change, expressions of the main server.
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
ProxyHCExpr good {%{REQUEST_STATUS} =~ /^2/ && 'a<b' == 'a<b'}
<VirtualHost *:__PORT__>
    ServerName proxy.test
    ProxyHCExpr up {hc('body') =~ /up/}
    ProxyHCTemplate slow hcmethod=HEAD hcinterval=1h hcuri=/first
    <Proxy balancer://cluster>
        BalancerMember http://$a hctemplate=slow hcuri=/status?of=<a> hcexpr=good hcpasses=2 hcfails=3
        BalancerMember http://$b
    </Proxy>
    <Proxy balancer://unchecked>
        BalancerMember http://$b
    </Proxy>
    @{[CxxProxy::Manager::in_front]}
</VirtualHost>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url = "http://$a";
sub checked () { $manager->member('cluster', $url) }

my $page = $manager->html;
my @blocks = $page =~ /<div class="(members[^"]*)">/g;
is "@blocks", 'members members unchecked', 'a table without checks is marked, so that the style sheet can hide their columns';
like $page, qr{<tr><td>up</td><td>hc\('body'\) =~ /up/</td></tr>\n<tr><td>good</td><td>%\{REQUEST_STATUS\} =~ /\^2/ &amp;&amp; 'a&lt;b' == 'a&lt;b'</td></tr>},
    'expressions of the virtual host, and of the main server';
my $row = $manager->row($url);
is join(' ', map { $row->{$_} } 'HC Method', 'HC Interval', qw(Passes Fails), 'HC uri', 'HC Expr'),
    'HEAD 3600000ms 2 (0) 3 (0) /status?of=&lt;a&gt; good';

my $member = checked;
is join(' ', map { $member->{$_} } qw(method interval passes fails uri expr)), 'HEAD 3600000 2 3 /status?of=&lt;a&gt; good', 'the XML';
like $member->{checks} . $member->{failures}, qr/^\d+$/;
ok !exists $manager->member('cluster', "http://$b")->{method}, 'nothing of one that is not checked';
like $manager->xml, qr{<httpd:healthcheck>\s*<httpd:method>HEAD</httpd:method>.*?</httpd:healthcheck>\s*</httpd:worker>}s, 'at the end of a member';

my $form = $manager->html("?b=cluster&w=$url&nonce=" . $manager->nonce('cluster'));
like $form, qr{<option value='GRPC'>GRPC};
like $form, qr{<option value='HEAD' selected>HEAD};
like $form, qr{<option value=''>\(None\)<option value='up'>up<option value='good' selected>good}, 'one may have no expression';
like $form, qr{name='$_->[0]'[^>]* value="\Q$_->[1]\E"}, $_->[0] for [w_hi => 3600000], [w_hp => 2], [w_hf => 3], [w_hu => '/status?of=&lt;a&gt;'];
like $form, qr{<th>Hot Spare</th><th>HC Fail</th><th>Stopped</th>};

sub changed ($what, %parameter) {
    $manager->change(b => 'cluster', w => $url, %parameter);
    my @lines = $httpd->error_log =~ /CXP0205: balancer:\/\/cluster \Q$url\E: health check (.*), by anyone/g;
    is $lines[-1], $what, $what;
}
changed 'method GET',           w_hm => 'get';
changed 'interval 7200000 ms',  w_hi => '2h';
changed 'interval 5000000 ms',  w_hi => 5_000_000;
changed 'passes 4',             w_hp => 4;
changed 'fails 5',              w_hf => 5;
changed 'uri /other',           w_hu => '/other';
changed 'expression up',        w_he => 'up';
changed 'uri none',             w_hu => 'x' x 64;
changed 'expression none',      w_he => 'nosuch';
changed 'expression good',      w_he => 'good';

# What was found by checks meanwhile aside.
sub settings () { my $member = checked; join ' ', map { $member->{$_} } qw(method interval passes fails uri expr status) }
my $before = settings;
my $lines  = () = $httpd->error_log =~ /CXP0205/g;
$manager->change(b => 'cluster', w => $url, w_hm => 'POST', w_hi => 99, w_hp => 0, w_hf => -1, w_lf => 1);
is settings, $before, 'what makes no sense changes nothing';
$manager->change(b => 'cluster', w => $url, w_hm => 'GET', w_hi => 5_000_000, w_hp => 4, w_hf => 5, w_hu => '', w_he => 'good');
is settings, $before, 'nor does what is so already';
is scalar(() = $httpd->error_log =~ /CXP0205/g), $lines, 'and nothing is said';

$manager->change(b => 'cluster', w => $url, w_hm => 'TCP');
is checked->{expr}, '', 'a connection has no status to judge: the expression is gone';
$manager->change(b => 'cluster', w => $url, w_hm => 'NONE');
ok !exists checked->{method}, 'not checked any more';
is $httpd->get('/x', Host => 'proxy.test')->status, 200;
done_testing;
