use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);

# Whatever stands in routes and names, the page is XML.
plan skip_all => 'python3 is needed' unless grep { -x "$_/python3" } split /:/, $ENV{PATH};

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(files => { 'read.py' => <<'PY' }, config => <<"CONF");
import sys, xml.etree.ElementTree as tree
space = '{http://httpd.apache.org}'
for worker in tree.fromstring(sys.stdin.buffer.read()).iter(space + 'worker'):
    print('|'.join(worker.find(space + name).text or '' for name in ('name', 'route', 'redirect')))
PY
<Proxy balancer://cluster>
    BalancerMember http://$a "route=a&b<c>'" redirect=\xc3\xa4
    BalancerMember http://$b/x "route=say\\"so\\""
    ProxySet nonce=sesame stickysession=S&D
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

sub workers () {
    my $root = $httpd->root;
    $httpd->write_file('page.xml', $manager->xml);
    return split /\n/, `PYTHONIOENCODING=utf-8 python3 $root/read.py < $root/page.xml 2>&1`;
}
is_deeply [workers()], ["http://$a|a&b<c>'|\xc3\xa4", "http://$b/x|say\"so\"|"], 'as configured';

for my $route ('a&b', 'a"b', "it's", 'a<b>', 'a b', 'a;b', ']]>', "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8d\xaa") {
    is $manager->change(b => 'cluster', w => "http://$a", w_wr => $route)->status, 200;
    is +(workers())[0], "http://$a|$route|\xc3\xa4", $route;
}
# What is no UTF-8, or no character of XML's: ISO-8859-1.
for my $route ("\xe4", "\xe4\xc3", "\xc0\x80", "\xed\xa0\x80", "\xef\xbf\xbf", "\xf8\x80\x80\x80\x80") {
    is $manager->change(b => 'cluster', w => "http://$a", w_wr => $route)->status, 200;
    utf8::encode(my $read = $route);
    my ($first) = workers();
    is $first, "http://$a|$read|\xc3\xa4", join ' ', 'bytes', map { sprintf '%02x', ord } split //, $route if per_stack(stock => 0, ours => 1);
}

done_testing;
