use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# What the fields about health checks accept; what they do not accept leaves a member as it is, or clears it.
my $backend = CxxProxy::Backend->named('a');
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
ProxyHCExpr fine {%{REQUEST_STATUS} < 400}
ProxyHCExpr other {%{REQUEST_STATUS} == 200}
<Proxy balancer://cluster>
    BalancerMember http://$backend/first hcmethod=GET hcinterval=3600
    BalancerMember http://$backend/second
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url     = "http://$backend/first";

sub changes ($column, %what) {
    my $expected = delete $what{to};
    is $manager->change(b => 'cluster', w => $url, %what)->status, 200, "@{[%what]}";
    is $manager->row($url)->{$column}, $expected, "$column is '$expected'";
}

# A method, in any case; unknown ones and those that are not there change nothing.
changes 'HC Method', w_hm => $_, to => uc for qw(TCP OPTIONS HEAD GET OPTIONS11 HEAD11 GET11 NONE get);
changes 'HC Method', w_hm => $_, to => 'GET' for qw(PROVIDER CPING POST), '', 'GET12';

# Milliseconds, if it does not say otherwise.
changes 'HC Interval', w_hi => $_->[0], to => $_->[1]
    for [5000, '5000ms'], [100, '100ms'], [99, '100ms'], ['2s', '2000ms'], ['1mi', '60000ms'], ['1h', '3600000ms'],
        ['99ms', '3600000ms'], [0, '3600000ms'], [-500, '3600000ms'], ['abc', '3600000ms'], ['', '3600000ms'], ['7x', '3600000ms'];

# From 1 on.
for (['w_hp', 'Passes'], ['w_hf', 'Fails']) {
    my ($field, $column) = @$_;
    changes $column, $field => $_->[0], to => "$_->[1] (0)" for [3, 3], [0, 3], [-1, 3], ['abc', 3], ['', 3], ['5x', 5], [1000, 1000], [1, 1];
}

changes 'HC uri', w_hu => $_->[0], to => $_->[1]
    for ['/health', '/health'], ['/a?b=c', '/a?b=c'], ['/' . 'a' x 62, '/' . 'a' x 62], ['/' . 'a' x 63, ''], ['/again', '/again'], ['', ''];

# The name of an expression as it is written; others clear it, and so does a method that has no answer to look at.
changes 'HC Expr', w_he => $_->[0], to => $_->[1] for ['fine', 'fine'], ['other', 'other'], ['nosuch', ''], ['fine', 'fine'], ['FINE', ''], ['fine', 'fine'], ['', ''];
for my $method (qw(TCP NONE)) {
    changes 'HC Expr', w_hm => 'HEAD', w_he => 'fine', to => 'fine';
    changes 'HC Expr', w_hm => $method, to => '';
    changes 'HC Expr', w_he => 'fine', to => '';
}

# Several at once, one of them not accepted.
$manager->change(b => 'cluster', w => $url, w_hm => 'OPTIONS', w_hi => 1, w_hp => 4, w_hf => 5, w_hu => '/all', w_he => 'other', w_wr => 'route');
my $row = $manager->row($url);
is_deeply [@$row{'HC Method', 'HC Interval', 'Passes', 'Fails', 'HC uri', 'HC Expr', 'Route'}],
    ['OPTIONS', '3600000ms', '4 (0)', '5 (0)', '/all', 'other', 'route'], 'several at once';
my $second = $manager->row("http://$backend/second");
is_deeply [@$second{'HC Method', 'HC Interval', 'Passes', 'Fails', 'HC uri', 'HC Expr'}], ['NONE', '30000ms', '1 (0)', '1 (0)', '', ''],
    'the other member is as it was';

# Without the nonce nothing changes.
$manager->change(b => 'cluster', w => $url, nonce => 'guessed', w_hm => 'HEAD', w_hu => '/guessed');
is_deeply [@{ $manager->row($url) }{'HC Method', 'HC uri'}], ['OPTIONS', '/all'], 'a wrong nonce';

done_testing;
