use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# Which members a request may get, set by set: spares for as many as are lost, then standbys, then the next set.
my %backend = map { $_ => CxxProxy::Backend->named($_) } qw(a b c d);
sub served (@members) {
    my @lines = map { my ($name, $keys) = split ' ', $_, 2; "    BalancerMember http://$backend{$name} " . ($keys // '') } @members;
    my $httpd = CxxProxy::Httpd->start(config => join "\n", '<Proxy balancer://cluster>', @lines, '    ProxySet stickysession=SID', '</Proxy>',
        'ProxyPass / balancer://cluster/');
    my %seen;
    $seen{ $httpd->answer('/') }++ for 1 .. 8;
    return join ' ', sort keys %seen;
}
is served('a', 'b status=+R', 'c status=+R', 'd status=+D'), 'a b', 'a spare for a disabled member';
is served('a', 'b status=+R', 'c status=+R', 'd status=+N'), 'a b', 'for a drained one';
is served('a', 'b status=+R', 'c status=+R', 'd status=+S'), 'a b', 'for a stopped one';
is served('a', 'b status=+R', 'c status=+R', 'd status=+C'), 'a b', 'for one that failed its check';
is served('a', 'b status=+R', 'c status=+R', 'd status=+H'), 'a', 'not for a standby';
is served('a', 'b status=+R', 'c status=+D', 'd status=+D'), 'a b', 'one spare, two lost';
is served('a', 'b status=+R', 'd status=+D lbset=1'), 'a', 'not for one of another set';
is served('a status=+D', 'b status=+R', 'c status=+H'), 'b', 'a spare before a standby';
is served('a status=+D', 'b status=+RH', 'c status=+H'), 'b', 'both marks: a spare';
is served('a', 'b status=+RH', 'c status=+H'), 'a';
is served('a status=+R', 'b status=+R'), '503', 'spares alone';
is served('a status=+H', 'b status=+H'), 'a b', 'standbys alone';
is served('a status=+R', 'b status=+H'), 'b', 'a spare of nobody, and a standby';
is served('a status=+R', 'b status=+RD', 'c status=+H'), 'c', 'a disabled spare is no lost member';
is served('a status=+HN', 'b status=+H'), 'b', 'a drained standby';
is served('a status=+N', 'b lbset=1'), 'b', 'all drained: the next set';
is served('a status=+N', 'b status=+RN', 'c status=+R'), 'c', 'a drained spare';
is served('a status=+N', 'b status=+N'), '503', 'all are drained';
is served('a status=+HR', 'b lbset=1'), 'b', 'a spare of nobody: the next set';
is served('a status=+H lbset=1', 'b lbset=2', 'c status=+D'), 'a', 'the standby of a set before the next';

done_testing;
