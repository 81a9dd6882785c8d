use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours per_stack);

# A member is found under every spelling of its URL that means the same, and so is a balancer.
my ($a, $path, $slash) = map { CxxProxy::Backend->named($_) } qw(a path slash);
my $unix  = CxxProxy::Backend->named('u', unix => 1);
my $six   = CxxProxy::Backend->named('six', host => '::1');
my $of_unix = "unix:@{[$unix->path]}|http://socket.test/base";
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://Cluster>
    BalancerMember http://$a
    BalancerMember http://$path/Path
    BalancerMember http://$slash/slash/
    BalancerMember http://LocalHost:80/x
    BalancerMember $of_unix
    BalancerMember http://$six route=six
    ProxySet nonce=sesame
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my @names   = ("http://$a", "http://$path/Path", "http://$slash/slash/", 'http://localhost/x', $of_unix, "http://$six");
is_deeply [sort keys %{ $manager->balancer('cluster')->{members} }], [sort @names], 'the names that are shown';

sub disabled () { join ' ', grep { $manager->member('cluster', $_)->{status} =~ /Dis/ } @names }
sub means ($url, $name) {
    my $query = $url =~ s/([^\w:\/.])/sprintf '%%%02x', ord $1/ger;
    my ($form) = $manager->html("?b=cluster&w=$query&nonce=sesame") =~ m{Edit worker settings for (.*?)</h3>};
    is(($form // '') =~ s/<[^>]*>//gr, $name, "$url: the form");
    $manager->change(b => 'cluster', w => $url, w_status_D => 1);
    is disabled, $name, "$url: the change";
    $manager->change(b => 'cluster', w => $name, w_status_D => 0) if $name;
}
means($_, $_) for @names;
means("HTTP://$a", "http://$a");
means("http://$a/", "http://$a");
means("http://$path/Path/", "http://$path/Path");
means("http://$path/path", '');
means("http://$slash/slash", per_stack(stock => '', ours => "http://$slash/slash/"));
means('http://LOCALHOST/x', 'http://localhost/x');
means('http://localhost:80/x', per_stack(stock => '', ours => 'http://localhost/x'));
means('http://socket.test/base', $of_unix);
means('unix:/elsewhere|http://socket.test/base', '') if is_ours();
means('http://nobody.test/', '');

for my $case (['cluster', 1], ['Cluster', 1], ['CLUSTER', 1], ['clust', 0], ['balancer://cluster', 0]) {
    my ($name, $found) = @$case;
    is(($manager->html("?b=$name&nonce=sesame") =~ /Edit balancer settings/ ? 1 : 0), $found, "b=$name");
}

# The links of the page lead to the forms.
my @links = $manager->html =~ m{<a href="(/manager\?b=cluster&amp;w=[^"]*)"}g;
is scalar(@links), 6;
for my $link (@links) {
    like $httpd->get($link =~ s/&amp;/&/gr, Host => 'proxy.test', Referer => 'http://proxy.test/manager')->body, qr/Edit worker settings for /, $link;
}

done_testing;
