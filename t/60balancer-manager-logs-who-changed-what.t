use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: they log no changes' unless is_ours();

my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $httpd = CxxProxy::Httpd->start(modules => [qw(auth_basic authn_core authn_file authz_user)],
    files => { users => 'joe:' . crypt('secret', 'ab') . "\n" }, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet growth=1 nonce=sesame
</Proxy>
ProxyPass /manager !
ProxyPass / balancer://cluster/
<Location /manager>
    SetHandler balancer-manager
    AuthType Basic
    AuthName x
    AuthUserFile __ROOT__/users
    Require valid-user
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

# A change and what the log says of it.
sub logs ($what, %change) {
    my $headers = { b => 'cluster', nonce => 'sesame', %change };
    is $manager->post($headers, Referer => 'http://proxy.test/manager', Authorization => 'Basic am9lOnNlY3JldA==')->status, 200, join ' ', %change;
    ok $httpd->wait_for_log(qr/CXP0205: balancer:\/\/cluster\Q$what\E, by joe from 127\.0\.0\.1/), $what;
}
logs(" http://$a: status +D", w => "http://$a", w_status_D => 1);
logs(" http://$a: status -D", w => "http://$a", w_status_D => 0);
logs(" http://$a: load factor 2.50", w => "http://$a", w_lf => 2.5);
logs(" http://$a: route ra", w => "http://$a", w_wr => 'ra');
logs(" http://$a: set 3", w => "http://$a", w_ls => 3);
logs(': timeout 4', b_tmo => 4);
logs(': sticky session SID', b_ss => 'SID');
logs(": failover disabled", b_sforce => 1);
logs(" http://$c: added, and disabled so far", b_nwrkr => "http://$c", b_wyes => 1);
my $lines = () = $httpd->error_log =~ /CXP0205/g;
$manager->post({ b => 'cluster', nonce => 'sesame', w => "http://$a", w_lf => '2.50', w_status_D => 0, w_wr => 'ra', w_ls => 3, b_tmo => 4, b_ss => 'SID', b_sforce => 1 },
    Referer => 'http://proxy.test/manager', Authorization => 'Basic am9lOnNlY3JldA==');
is scalar(() = $httpd->error_log =~ /CXP0205/g), $lines, 'what is as it was is no change';

done_testing;
