use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# What of a posted form counts, and how it is read.
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet nonce=sesame
</Proxy>
<Proxy balancer://lone>
    BalancerMember http://$a/lone loadfactor=3
    ProxySet nonce=sesame stickysession=@{['s' x 61]}|p
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
@{[CxxProxy::Httpd->virtual_host(undef, 'ServerName proxy.test', 'ProxyPass /in/host balancer://cluster/x')]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub post ($body, $query = '') {
    return $httpd->request(method => 'POST', path => "/manager$query", body => $body, headers => [Host => 'proxy.test',
        'Content-Type' => 'application/x-www-form-urlencoded', Referer => 'http://proxy.test/manager'])->status;
}
sub route () { $manager->member('cluster', "http://$a")->{route} }
my $begin = "b=cluster&w=http://$a&nonce=sesame";

for my $case (['w_wr=plain', 'plain'], ['w_wr=a%2fb', 'a/b'], ['w_wr=a%252fb', 'a/b'], ['w_wr=a+b', 'a+b'], ['w_wr=a%20b', 'a b'], ['w_wr=a%25b', 'a%b'],
    ['%77_wr=name', 'name'], ['w_wr=one&w_wr=two', 'two'], ['w_wr=a=b', 'a=b'], ['w_wr=', ''], ['x=y&w_wr=last&', 'last'], ['w_wr=%zz', '%zz'], ['w_wr', ''], ['w_wr=kept&w_wr', '']) {
    my ($field, $expected) = @$case;
    is post("$begin&$field"), 200;
    is route, $expected, $field;
}
is post('w_wr=first&nonce=sesame&w=http%3A%2F%2F' . $a . '&b=cluster'), 200;
is route, 'first', 'in any order';
is post($begin, '?w_wr=query'), 200;
is route, 'first', 'a query is not looked at';
is post('', "?$begin&w_wr=query"), 200;
is route, 'first';

$manager->change(b => 'lone', w => "http://$a/lone", w_lf => 5);
is $manager->member('lone', "http://$a/lone")->{loadfactor}, '1.00', 'a lone member has nobody to share with';

# The two names of a session.
sub names () { my ($names) = ($manager->html =~ m{<td>1 \[1 Used\]</td>\s*<td>([^<]*)</td>}); $names =~ s{^\s+|\s+$}{}gr }
is names, 's' x 61 . '|p', 'of the configuration';
for my $case (['a', 'a'], ['a|b', 'a|b'], ['a|b|c', 'a|b|c'], ['x' x 62, 'x' x 62], ['x' x 65, 'x' x 62], ['', 'x' x 62], ['-', '(None)']) {
    my ($given, $expected) = @$case;
    $manager->change(b => 'lone', b_ss => $given);
    is names, $expected, "b_ss=$given";
}

my @paths = $manager->html =~ m{<td>([^<]*)</td>\s*<td>Yes</td>}g;
is "@paths", '/ /in/host', 'the paths of mappings';

# Numbers: what does not begin with one is 0, what is out of range changes nothing.
for my $case ([0, 0, 0], [7200, 7200, 0], [7201, 7200, 0], [-1, 7200, 0], [99, 99, 99], [100, 100, 99], ['', 0, 0], ['5x', 5, 5], [' 6', 6, 6], ['x', 0, 0]) {
    my ($given, $timeout, $attempts) = @$case;
    $manager->change(b => 'cluster', b_tmo => $given, b_max => $given);
    my $now = $manager->balancer('cluster');
    is $now->{timeout}, $timeout, "b_tmo=$given";
    is $now->{maxattempts}, $attempts, "b_max=$given";
}
for my $case ([0, 0, '1.00'], [99, 99, '99.00'], [100, 99, '100.00'], [-1, 99, '100.00'], ['', 0, '100.00'], ['5x', 5, '5.00'], ['1.25', 1, '1.25'], ['x', 0, '1.25']) {
    my ($given, $set, $factor) = @$case;
    $manager->change(b => 'cluster', w => "http://$a", w_ls => $given, w_lf => $given);
    my $now = $manager->member('cluster', "http://$a");
    is $now->{lbset}, $set, "w_ls=$given";
    is $now->{loadfactor}, $factor, "w_lf=$given";
}

like $manager->get($_)->header('Content-Type'), qr{^text/xml}, $_ for '?xml', '?xml=', '?xml=0';

done_testing;
