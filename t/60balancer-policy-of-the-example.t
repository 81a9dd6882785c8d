# New: the policy module that docs/policy-modules.md tells of builds as it says there, passes its own test, and balances.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(engine_is_off is_ours is_sanitized repo_root);
use File::Temp;

plan skip_all => 'about mod_cxxproxy alone' if !is_ours();
plan skip_all => 'once is enough: 60balancer-policy-of-another-module.t runs everywhere' if is_sanitized() || engine_is_off();
for my $needed (qw(make g++)) { plan skip_all => "needs $needed" if !grep { -x "$_/$needed" } split /:/, $ENV{PATH} }
plan skip_all => 'needs apxs' if !grep { -x "$_/apxs" || -x "$_/apxs2" } split /:/, $ENV{PATH};

my $example = repo_root() . '/docs/examples/mod_lbmethod_coin';
my $out     = File::Temp->newdir('cxxproxy-coin-XXXXXX', TMPDIR => 1);
chmod 0755, "$out";
is system("make -s -C $example OUT=$out >$out/said 2>&1"), 0, 'it builds';
my $checked = qx(make -s -C $example OUT=$out check 2>&1);
is $?, 0, 'it passes its test' or diag $checked;
unlike $checked, qr/^not ok/m, 'every line of it';

my ($light, $heavy) = map { CxxProxy::Backend->named($_) } qw(light heavy);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
LoadModule lbmethod_coin_module $out/mod_lbmethod_coin.so
<Proxy balancer://cluster>
    BalancerMember http://$light
    BalancerMember http://$heavy loadfactor=3 route=h
    ProxySet lbmethod=coin stickysession=S
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

# Three of four requests are for the heavy one; that fewer than 50 of 100 are has a chance of one in ten million.
my %of;
my $client = $httpd->client;
$of{ $client->request->body }++ for 1 .. 100;
is join(' ', sort keys %of), 'heavy light', 'both members serve';
cmp_ok $of{heavy}, '>', 50, 'the heavy one more often';
is $manager->member('cluster', "http://$heavy")->{lbstatus}, $of{heavy}, 'its score is its Load in the manager';
is $httpd->answer('/', Cookie => 'S=x.h'), 'heavy', 'a session goes to its member';
is $manager->member('cluster', "http://$heavy")->{lbstatus}, $of{heavy} + 1, 'and counts';

done_testing;
