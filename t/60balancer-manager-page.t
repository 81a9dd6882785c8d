use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(await);

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b loadfactor=2.5 status=+H redirect=ra lbset=3
    ProxySet stickysession=SID|sid timeout=3 growth=2
</Proxy>
<Proxy balancer://plain>
    BalancerMember http://$a/plain status=+D
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
$httpd->get('/x') for 1 .. 2;
await('the end of the requests', sub { $manager->row("http://$a")->{Busy} == 0 });

my $response = $manager->get;
is $response->header('Content-Type'), 'text/html; charset=ISO-8859-1';
my $page = $response->body;
like $page, qr{<title>Balancer Manager</title>};
like $page, qr{<h1>Load Balancer Manager for proxy\.test</h1>};
like $page, qr{Balancer changes will NOT be persisted on restart\.};
like $page, qr{Balancers are inherited from main server\.};
like $page, qr{ProxyPass settings are inherited from main server\.};
like $page, qr{<h3>LoadBalancer Status for <a href="/manager\?b=cluster&amp;nonce=[-0-9a-f]{36}">balancer://cluster</a> \[p[0-9a-f]+_cluster\]</h3>};

# Each table as rows of cells, without markup.
sub tables ($html) {
    return map { [map { [CxxProxy::Manager::cells($_)] } m{<tr>(.*?)</tr>}sg] } $html =~ m{<table>(.*?)</table>}sg;
}
my ($cluster, $members, $plain, $lone) = tables($page);
is_deeply $cluster, [
    [qw(MaxMembers StickySession DisableFailover Timeout FailoverAttempts Method Path Active)],
    ['4 [2 Used]', 'SID|sid', 'Off', 3, 1, 'byrequests', '/', 'Yes'],
];
# Health checks: always there with ours, with the stock modules only beside mod_proxy_hcheck.
my @titles = per_stack(stock => [], ours => ['HC Method', 'HC Interval', qw(Passes Fails), 'HC uri', 'HC Expr', 'Last Check'])->@*;
my @checks = per_stack(stock => [], ours => ['NONE', '30000ms', '1 (0)', '1 (0)', '', '', ''])->@*;
is_deeply [splice @{ $members->[$_] }, 11], \@checks for 1, 2;
my @figures = splice @{ $members->[1] }, -2;    # bytes
is_deeply $members->[0], ['Worker URL', qw(Route RouteRedir Factor Set Status Elected Busy Load To From), @titles];
is_deeply $members->[1], ["http://$a", 'ra', '', '1.00', 0, 'Init Ok', 2, 0, 0];
is_deeply $members->[2], ["http://$b", '', 'ra', '2.50', 3, 'Init Stby Ok', 0, 0, 0, 0, 0];
ok $_ > 0, "bytes: $_" for @figures;
is $plain->[1][1], '(None)';
is $lone->[1][5], 'Init Dis';

my $nonce = $manager->nonce('cluster');
my $form  = $manager->html("?b=cluster&w=http://$a&nonce=$nonce");
like $form, qr{<h3>Edit worker settings for http://$a</h3>};
like $form, qr{<form method='POST' enctype='application/x-www-form-urlencoded' action="http://proxy\.test/manager">};
like $form, qr{name='$_'}, "a field $_" for qw(w_lf w_ls w_wr w_rr w_status_I w_status_N w_status_D w_status_H w_status_R w_status_S w b nonce);

$form = $manager->html("?b=cluster&nonce=$nonce");
like $form, qr{<h3>Edit balancer settings for balancer://cluster</h3>};
like $form, qr{name='$_'}, "a field $_" for qw(b_lbm b_tmo b_max b_sforce b_ss b_nwrkr b_wyes b nonce);
unlike $manager->html('?b=plain&nonce=' . $manager->nonce('plain')), qr{name='b_nwrkr'}, 'no room, no field for a new member';

is $httpd->request(method => $_, path => '/manager')->status, 405, $_ for qw(PUT DELETE);

done_testing;
