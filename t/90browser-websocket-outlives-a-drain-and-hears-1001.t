use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Browser;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await die_with_parent end_process);
use CxxProxy::WebSocket;
use File::Temp;
use POSIX ();

# A browser's WebSocket through a balancer: draining takes nothing from it, a graceful restart leaves it its grace, and then it
# is told to come back (1001).
CxxProxy::Browser->or_skip;
plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;

my %backend = map { $_ => CxxProxy::WebSocket->start($_) } qw(a b);
my $page    = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->reply(200, '<!doctype html><title>a page</title><link rel="icon" href="data:,">', 'Content-Type' => 'text/html');
    }
});
my $httpd = CxxProxy::Httpd->start(mpm => 'event', config => <<"CONF");
CxxProxyTunnelGrace 4
<Proxy balancer://sockets>
    BalancerMember ws://$backend{a} route=a
    BalancerMember ws://$backend{b} route=b status=+D
</Proxy>
ProxyPass /ws/ balancer://sockets/ws/
ProxyPass /page http://$page/page
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $signs   = File::Temp->newdir;

sub change ($member, %flags) {
    my $url = "ws://$backend{$member}";
    $manager->change(b => 'sockets', w => $url, map { ("w_status_$_" => $flags{$_}) } keys %flags);
    return $manager->member('sockets', $url)->{status};
}

# Beside the browser: what the administrator does, each once the page is ready for it.
my %step = (
    other   => sub { change('b', D => 0); change('b', N => 1) },
    own     => sub { change('b', N => 0); change('a', N => 1) },
    restart => sub { $httpd->graceful },
);
my $administrator = fork // die "fork: $!\n";
if (!$administrator) {
    die_with_parent();
    for my $name (qw(other own restart)) {
        await("the page before $name", sub { -e "$signs/before-$name" });
        my $said = $step{$name}->() // '';
        open my $sign, '>', "$signs/after-$name" or POSIX::_exit(1);
        print $sign $said;
        close $sign;
    }
    POSIX::_exit(0);
}
CxxProxy::Browser->run('websocket.mjs', url => $httpd->url('/page'), own => 'a', signs => "$signs",
    socket => 'ws://127.0.0.1:' . $httpd->port . '/ws/name');
end_process($administrator);
for my $name (qw(other own)) {
    like CxxProxy::Httpd::slurp("$signs/after-$name"), qr/Drn/, "$name: it was drained";
}

done_testing;
