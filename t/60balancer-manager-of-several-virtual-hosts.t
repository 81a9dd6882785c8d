use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

# A balancer of the main server is one balancer, whichever virtual host's manager it is looked at with.
my ($a, $b, $c, $d) = map { CxxProxy::Backend->named($_) } qw(a b c d);
sub host ($name, @lines) { CxxProxy::Httpd->virtual_host(undef, "ServerName $name.test", @lines) }
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet growth=2 nonce=sesame
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
ProxyPass /manager !
ProxyPass / balancer://cluster/
@{[host('one'), host('two'), host('pass', 'ProxyPass /x balancer://cluster')]}
@{[host('sticky', '<Proxy balancer://cluster>', 'ProxySet stickysession=SID', '</Proxy>')]}
@{[host('balancers', 'BalancerInherit Off'), host('passes', 'ProxyPassInherit Off')]}
@{[host('nothing', 'BalancerInherit Off', 'ProxyPassInherit Off')]}
@{[host('own', 'BalancerInherit Off', 'ProxyPassInherit Off', '<Proxy balancer://cluster>', "BalancerMember http://$c", 'ProxySet nonce=own', '</Proxy>')]}
CONF
my @sharing = qw(one two pass sticky balancers passes);
my %manager = map { $_ => CxxProxy::Manager->new($httpd, '/manager', host => "$_.test") } @sharing, qw(nothing own);

sub status ($host, $member) { $manager{$host}->member('cluster', "http://$member")->{status} }
sub served ($host) { join '', map { $httpd->answer('/', Host => "$host.test") } 1 .. 4 }
sub seen ($host) { my %seen; $seen{ $httpd->answer('/', Host => "$host.test") }++ for 1 .. 6; join '', sort keys %seen }

sub inherits ($host, @not) {
    my $page = $manager{$host}->html;
    like $page, qr/Balancers are $not[0]inherited from main server\./,          "$host: what the page says of balancers";
    like $page, qr/ProxyPass settings are $not[1]inherited from main server\./, "$host: and of mappings";
}
inherits('one',       '',     '');
inherits('balancers', 'NOT ', '');
inherits('passes',    '',     'NOT ');
inherits('nothing',   'NOT ', 'NOT ');

$manager{one}->change(b => 'cluster', w => "http://$a", w_status_D => 1, nonce => 'sesame');
for my $host (@sharing) {
    is status($host, $a), 'Init Dis ', "$host: disabled through another's manager";
    is seen($host), 'b', "$host: and in force";
}
$manager{$_}->change(b => 'cluster', w => "http://$a", w_status_D => 0, w_wr => "of-$_", nonce => 'sesame'),
    is($manager{one}->member('cluster', "http://$a")->{route}, "of-$_", "$_: changes it for the others"),
    is(status('two', $a), 'Init Ok ') for @sharing;

$manager{one}->change(b => 'cluster', b_tmo => 5, nonce => 'sesame');
is $manager{two}->balancer('cluster')->{timeout}, 5, 'what is set for the balancer';
is $manager{sticky}->balancer('cluster')->{timeout}, 0, 'a virtual host that has settings of its own keeps them';
is $manager{sticky}->balancer('cluster')->{stickysession}, 'SID';
is $manager{pass}->balancer('cluster')->{timeout}, 0, 'and so does one that maps to it';

is $manager{two}->change(b => 'cluster', b_nwrkr => "http://$c/", b_wyes => 1, nonce => 'sesame')->status, 200;
$manager{one}->change(b => 'cluster', w => "http://$c/", w_status_D => 0, nonce => 'sesame');
is seen($_), 'abc', "an added member serves $_.test" for @sharing;
is $manager{pass}->change(b => 'cluster', b_nwrkr => "http://$d/", b_wyes => 1, nonce => 'sesame')->status, 200;
$manager{sticky}->change(b => 'cluster', w => "http://$d/", w_status_D => 0, nonce => 'sesame');
is seen($_), 'abcd', "so does the next one: $_.test" for @sharing;
is $manager{$_}->change(b => 'cluster', b_nwrkr => 'http://127.0.0.1:1/', b_wyes => 1, nonce => 'sesame')->status, 400, "$_: no room for a third" for is_ours() ? @sharing : ();
if (is_ours()) {
    like $manager{$_}->html, qr/4 \[4 Used\]/, "$_: all are counted" for @sharing;
    $httpd->graceful;
    is seen($_), 'abcd', "they are still there: $_.test" for @sharing;
}

is_deeply $manager{nothing}->balancers, {}, 'both inherited Off: no balancer';
is served('nothing'), '500' x 4, 'but the mapping';
is_deeply [keys %{ $manager{own}->balancer('cluster')->{members} }], ["http://$c"], 'or one of its own';
is served('own'), 'cccc';
$manager{own}->change(b => 'cluster', w => "http://$c", w_status_D => 1, nonce => 'sesame');
is status('own', $c), 'Init Ok ', 'which has another nonce';
$manager{own}->change(b => 'cluster', w => "http://$c", w_status_D => 1, nonce => 'own');
is status('own', $c), 'Init Dis ';

done_testing;
