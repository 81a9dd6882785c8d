# New: a stock proxy module beside mod_cxxproxy ends the start with a sentence that says what to do.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours modules_dir load_lines);

if (!is_ours()) {
    plan skip_all => 'about mod_cxxproxy alone';
}

sub load_stock ($name) { return sprintf "LoadModule %s_module %s/mod_%s.so\n", $name, modules_dir(), $name }
sub load_ours (@records) { return join '', map { "LoadModule $_->[0] $_->[1]\n" } @records }

for my $name (qw(proxy proxy_http proxy_balancer proxy_fcgi lbmethod_bytraffic lbmethod_bybusyness lbmethod_heartbeat)) {
    my ($accepted, $said) = CxxProxy::Httpd->check(config => load_stock($name));
    ok !$accepted, "mod_$name loaded behind ours is refused";
    like $said, qr/mod_$name cannot run beside mod_cxxproxy.*a2dismod $name\b/s, 'which one, and the way out';
}

my $stock = join '', map { load_stock($_) } qw(slotmem_shm proxy proxy_http);
my ($accepted, $said) = CxxProxy::Httpd->check(without_proxy => 1, config => $stock . load_ours(load_lines()));
ok !$accepted, 'mod_proxy loaded before ours is refused';
like $said, qr/mod_proxy cannot run beside mod_cxxproxy/, 'which one';

my ($first) = load_lines();
($accepted, $said) = CxxProxy::Httpd->check(without_proxy => 1, config => load_ours($first));
ok !$accepted, 'one of the names of cxxproxy.load alone is refused';
like $said, qr/proxy_module is missing.*cxxproxy\.load/s, 'what is missing';

($accepted, $said) = CxxProxy::Httpd->check(modules => ['xml2enc'], config => load_stock('proxy_html'));
ok $accepted, 'mod_proxy_html is no proxy, and welcome' or diag $said;

done_testing;
