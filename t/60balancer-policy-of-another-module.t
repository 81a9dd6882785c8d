# New: lbmethod= finds the policies that other modules bring, with include/cxxproxy/policy.hpp alone.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours is_sanitized repo_root);
use File::Temp;

plan skip_all => 'about mod_cxxproxy alone' if !is_ours();

my $apxs = (grep { system("command -v $_ >/dev/null 2>&1") == 0 } qw(apxs apxs2))[0] or plan skip_all => 'needs apxs';
my $dir  = File::Temp->newdir('cxxproxy-policy-XXXXXX', TMPDIR => 1);
chmod 0755, "$dir";
my $flags = join ' ', map { chomp(my $answer = `$apxs -q $_`); /DIR$/ ? "-isystem $answer" : $answer } qw(CPPFLAGS EXTRA_CPPFLAGS INCLUDEDIR APR_INCLUDEDIR);
my $built = system "g++ -std=c++20 -shared -fPIC $flags -I@{[repo_root()]}/include -o $dir/mod_lbmethod_last.so @{[repo_root()]}/t/modules/mod_lbmethod_last.cpp";
is $built, 0, 'it builds against the public header';

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $c = CxxProxy::Backend->named('c', host => '127.0.0.2');
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
LoadModule lbmethod_last_module $dir/mod_lbmethod_last.so
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet lbmethod=last
</Proxy>
<Proxy balancer://hosts>
    BalancerMember http://$c/x lbset=1 status=+H
    BalancerMember http://$a/x
    ProxySet lbmethod=highest
</Proxy>
ProxyPass /x balancer://hosts
ProxyPass / balancer://cluster/
CONF

is join('', map { $httpd->answer('/') } 1 .. 4), 'bbbb', 'and chooses';
is join('', map { $httpd->answer('/x') } 1 .. 4), 'cccc', 'by host, among all usable members if it wants them';
$b->go_down;
is $httpd->answer('/'), 'a', 'among the usable ones';

my ($accepted, $said) = CxxProxy::Httpd->check(config => 'ProxyPass / balancer://x/ lbmethod=last');
ok !$accepted, 'without its module the name is refused';
like $said, qr/lbmethod=last.*byrequests/, 'with the names there are';

done_testing;
