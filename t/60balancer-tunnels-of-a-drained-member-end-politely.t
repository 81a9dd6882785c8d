use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);
use CxxProxy::WebSocket;
use File::Temp;
use JSON::PP qw(decode_json);

# A member that is drained, disabled or stopped keeps its tunnels for CxxProxyTunnelGrace; then both sides hear 1001. This is
# ours alone: the stock modules leave them as they are, for as long as they like.
plan skip_all => 'stock modules: tunnels have no limit' unless is_ours();
plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;

my $signs   = File::Temp->newdir;
my $count   = 0;
my %backend = map { $_ => CxxProxy::WebSocket->start($_) } qw(a b);

sub httpd ($grace) {
    return CxxProxy::Httpd->start(mpm => 'event', config => <<"CONF");
CxxProxyTunnelGrace $grace
<Proxy balancer://sockets>
    BalancerMember ws://$backend{a} route=a
    BalancerMember ws://$backend{b} route=b
    ProxySet stickysession=route
</Proxy>
ProxyPass /ws/ balancer://sockets/ws/
LogFormat "%U %>s" tunnels
CustomLog __ROOT__/logs/tunnels tunnels "expr=%{REQUEST_URI} =~ m#^/ws/#"
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
}
my $httpd = httpd('500ms');
my $manager = CxxProxy::Manager->new($httpd, '/manager');

sub url    ($member) { "ws://$backend{$member}" }
sub busy   ($member) { $manager->row(url($member))->{Busy} }
sub change ($member, %flags) { $manager->change(b => 'sockets', w => url($member), map { ("w_status_$_" => $flags{$_}) } keys %flags) }
sub codes  ($member) {
    my ($result) = CxxProxy::WebSocket->ask({ url => url($member) . '/ws/codes', do => [['receive']] });
    return @{ decode_json($result->{told}[0]) };
}
sub sign ($name) { open my $file, '>', $name or die "$name: $!\n" }

# A WebSocket to a member that is in use; it waits for a sign, then does what is said.
sub begin ($member, @then) {
    my ($open, $go) = map { "$signs/$_" . ++$count } qw(open go);
    my $begun = CxxProxy::WebSocket->begin([], { url => 'ws://127.0.0.1:' . $httpd->port . '/ws/name',
        headers => [[Cookie => "route=.$member"]], do => [['receive'], [echo => 100], [make => $open], @then ? ([wait => $go], @then) : ['closed']] });
    await("a tunnel to $member", sub { -e $open });
    return { %$begun, go => $go };
}

my $other = begin('b', [echo => 1000]);
for my $flag (qw(N D S)) {
    my $before = codes('a');
    my $tunnel = begin('a');
    is busy('a'), 1, "$flag: a tunnel is busy";
    change('a', $flag => 1);
    my ($result) = CxxProxy::WebSocket->finish($tunnel);
    is_deeply $result->{told}, ['a', 'same', undef, [1001, '']], 'the client hears 1001' or diag $result->{error};
    await('the end at the backend', sub { codes('a') > $before });
    is +(codes('a'))[-1], 1001, 'and so does the backend';
    await('the member to be free', sub { busy('a') == 0 });
    change('a', $flag => 0);
}
is_deeply [$httpd->log_lines('tunnels', 3)], [('/ws/name 101') x 3], 'each is in the log';
is busy('b'), 1, 'the tunnel of another member goes on';
sign($other->{go});
my ($result) = CxxProxy::WebSocket->finish($other);
is_deeply $result->{told}, ['b', 'same', undef, 'there', 'same'], 'and is of use' or diag $result->{error};

# One that says something all the time is found, too: its own deadlines move with every byte.
my $busy = begin('a', map { ([echo => 100], [pause => 0.02]) } 1 .. 1000);
sign($busy->{go});
change('a', N => 1);
($result) = CxxProxy::WebSocket->finish($busy);
like $result->{error}, qr/1001/, 'one that is never silent hears it, too';
change('a', N => 0);

# A grace that begins anew: out for less than that, twice, and together for longer.
$httpd = httpd('4s');
$manager = CxxProxy::Manager->new($httpd, '/manager');
my $back = begin('a', [pause => 2], [echo => 1000]);
for (1 .. 2) {
    change('a', D => 1);
    select undef, undef, undef, 1.7;    # seen, and the grace not over
    change('a', D => 0);
    select undef, undef, undef, 2;      # seen
}
sign($back->{go});
($result) = CxxProxy::WebSocket->finish($back);
is_deeply $result->{told}, ['a', 'same', undef, 'there', undef, 'same'], 'a member that is back in use keeps its tunnels' or diag $result->{error};

done_testing;
