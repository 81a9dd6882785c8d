use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::WebSocket;

# Members of a balancer that are WebSocket servers: sessions stay, a dead one is passed over, and a tunnel counts as busy.
plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;

my %member = map { $_ => CxxProxy::WebSocket->start($_) } qw(one two);
my $closed = CxxProxy::Backend->closed;
my $httpd  = CxxProxy::Httpd->start(children => 1, stack => ['proxy_wstunnel', 'lbmethod_bybusyness'], config => <<"CONF");
<Proxy balancer://sockets>
    BalancerMember ws://$member{one} route=one
    BalancerMember ws://$member{two} route=two
    ProxySet stickysession=route
</Proxy>
ProxyPass /ws/ balancer://sockets/ws/
<Proxy balancer://dead>
    BalancerMember ws://$closed retry=60
    BalancerMember ws://$member{two}
</Proxy>
ProxyPass /dead/ balancer://dead/ws/
<Proxy balancer://busy>
    BalancerMember ws://$member{one}
    BalancerMember ws://$member{two}
    ProxySet lbmethod=bybusyness
</Proxy>
ProxyPass /busy/ balancer://busy/ws/
CONF

sub at ($path, @more) { { url => 'ws://127.0.0.1:' . $httpd->port . $path, do => [['receive'], [echo => 100]], @more } }
sub told ($result) { $result->{error} // join ' ', @{ $result->{told} } }

my @either = CxxProxy::WebSocket->ask(map { at('/ws/name') } 1 .. 4);
is_deeply [map { told($_) } @either], [map { "$_ same" } qw(one two one two)], 'in turn';
is $either[0]{headers}{'set-cookie'}, 'route=.one; path=/', 'with the cookie that the member gave';
my @sticky = CxxProxy::WebSocket->ask(map { at('/ws/name', headers => [[Cookie => "route=.$_"]]) } qw(two two one two));
is_deeply [map { told($_) } @sticky], [map { "$_ same" } qw(two two one two)], 'a session stays where it is';
my @past = CxxProxy::WebSocket->ask(map { at('/dead/name') } 1 .. 3);
is_deeply [map { told($_) } @past], [('two same') x 3], 'a member that is dead is passed over';

# Each says who it is, and stays until all have.
my %count;
$count{ told($_) }++ for CxxProxy::WebSocket->ask_at_once(map { at('/busy/name', do => [['receive'], [meet => 10]]) } 1 .. 10);
is_deeply \%count, { 'one met' => 5, 'two met' => 5 }, 'a tunnel counts as busy for as long as it is open';

done_testing;
