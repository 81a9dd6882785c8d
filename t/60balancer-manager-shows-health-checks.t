use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock per_stack);

# With health checks in the server the page has columns for them, the form of a member has fields, and the expressions that
# members may use are listed. The XML page of stock says nothing about them. Ours has a column more.
my $backend = CxxProxy::Backend->named('a');
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
ProxyHCExpr fine {%{REQUEST_STATUS} < 400 && hc('body') !~ /<b>down/}
ProxyHCExpr up   "%{REQUEST_STATUS} == 200"
<Proxy balancer://cluster>
    BalancerMember http://$backend/checked hcmethod=GET11 hcinterval=90 hcpasses=2 hcfails=3 hcuri=/health?<&> hcexpr=up
    BalancerMember http://$backend/unchecked
    BalancerMember http://$backend/failed status=+C
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

sub tables ($html) {
    return map { [map { [CxxProxy::Manager::cells($_)] } m{<tr>(.*?)</tr>}sg] } $html =~ m{<table>(.*?)</table>}sg;
}
my ($cluster, $members, $expressions) = tables($manager->html =~ s/&#39;/'/gr);
my @titles = ('HC Method', 'HC Interval', 'Passes', 'Fails', 'HC uri', 'HC Expr');
is_deeply $members->[0], ['Worker URL', qw(Route RouteRedir Factor Set Status Elected Busy Load To From), @titles, per_stack(stock => [], ours => ['Last Check'])->@*], 'the columns';
is_deeply [@{ $members->[1] }[11 .. 16]], ['GET11', '90000ms', '2 (0)', '3 (0)', '/health?&lt;&amp;&gt;', 'up'], 'a member that is checked';
is_deeply [@{ $members->[2] }[11 .. 16]], ['NONE', '30000ms', '1 (0)', '1 (0)', '', ''], 'one that is not';
is $members->[3][5], 'Init HcFl', 'one that has failed';
is_deeply $expressions, [
    ['Health check cond. expressions:'], ['Expr name', 'Expression'],
    ['fine', "%{REQUEST_STATUS} &lt; 400 &amp;&amp; hc('body') !~ /&lt;b&gt;down/"], ['up', '%{REQUEST_STATUS} == 200'],
], 'the expressions' or diag explain $expressions;
unlike $manager->xml, qr/httpd:hc|health|GET11/, 'the XML page' if is_stock();

# The form: what its fields hold. A letter of HTML's own may be written as a number, too.
my $nonce = $manager->nonce('cluster');
my $form  = $manager->html("?b=cluster&w=http://$backend/checked&nonce=$nonce");
my $other = $manager->html("?b=cluster&w=http://$backend/unchecked&nonce=$nonce");
sub input ($form, $name) { $form =~ m{<input [^>]*\bname=(['"])$name\1[^>]*\bvalue=(['"])(.*?)\2} ? $3 : undef }
sub options ($form, $name) {
    my ($select) = $form =~ m{<select [^>]*\bname=['"]$name['"][^>]*>(.*?)</select>}s or return ();
    return map { my ($value, $rest) = m{\bvalue=['"](.*?)['"](.*)}s; [$value, $rest =~ /selected/] } $select =~ m{<option\b(.*?)>}sg;
}
sub selected ($form, $name) { map { $_->[1] ? $_->[0] : () } options($form, $name) }
is_deeply [map { $_->[0] } options($form, 'w_hm')], [qw(NONE TCP OPTIONS HEAD GET OPTIONS11 HEAD11 GET11), per_stack(stock => [], ours => ['GRPC'])->@*], 'the methods that there are';
is_deeply [selected($form, 'w_hm')], ['GET11'], 'its own';
is_deeply [selected($other, 'w_hm')], ['NONE'], 'of the other';
is_deeply [grep { length } map { $_->[0] } options($form, 'w_he')], [qw(fine up)], 'the expressions';
is_deeply [selected($form, 'w_he')], ['up'], 'its own';
is_deeply [map { input($form, $_) } qw(w_hi w_hp w_hf w_hu)], ['90000', '2', '3', '/health?&lt;&amp;&gt;'], 'interval, passes, fails, URI';
is_deeply [map { input($other, $_) } qw(w_hi w_hp w_hf w_hu)], ['30000', '1', '1', ''], 'of the other';
like $form, qr{name=['"]w_status_C['"]}, 'a radio button for C';
like $form, qr{HC Fail}, 'with its title';

done_testing;
