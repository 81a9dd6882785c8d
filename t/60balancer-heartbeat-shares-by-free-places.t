use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(await);

my @backend = map { CxxProxy::Backend->named($_, host => "127.0.0.$_") } 1 .. 3;
my $second  = CxxProxy::Backend->named('second', host => '127.0.0.1');

sub balancer ($name, @members) {
    return join "\n", "<Proxy balancer://$name>", (map { "BalancerMember http://$_" } @members), 'ProxySet lbmethod=heartbeat', '</Proxy>',
        "ProxyPass /$name balancer://$name", '';
}
my $httpd = CxxProxy::Httpd->start(stack => ['lbmethod_heartbeat'], config => join "\n", 'MaxKeepAliveRequests 0', 'HeartbeatStorage reports',
    balancer('two',   map { "$backend[$_]/two" } 0, 1),
    balancer('flags', "$backend[0]/flags lbset=3", "$backend[1]/flags status=+H", "$backend[2]/flags status=+R loadfactor=50"),
    balancer('down',  "$backend[0]/down status=+N", "$backend[1]/down status=+D", "$backend[2]/down status=+S"),
    balancer('host',  "$backend[0]/host", "$second/host"),
    balancer('names', "localhost:@{[$backend[0]->port]}/names", "$backend[1]/names"));

# Another file takes the place of the last, as mod_heartmonitor does it; what it says shows within a second or so.
my $times = 0;
sub reports (@lines) {
    my $number = ++$times;
    my $text   = join '', map { "$_\n" } @lines;
    $httpd->write_file('run/reports.new', $text);
    rename $httpd->root . '/run/reports.new', $httpd->root . '/run/reports' or die "rename: $!";
}
sub report ($last, $ready, $busy = 1, $seen = 1) { "127.0.0.$last busy=$busy&ready=$ready&lastseen=$seen&port=80" }

sub seen ($path, $count) {
    my %count;
    $count{ $httpd->answer($path) }++ for 1 .. $count;
    return \%count;
}
sub who ($path) { join ' ', sort keys %{ seen($path, 60) } }
sub becomes ($path, $expected, $what) {
    my $who;
    await("$what: $expected", sub { ($who = who($path)) eq $expected });
    is $who, $expected, $what;
}

becomes('/two', '503', 'without reports nobody gets anything');
reports(report(1, 30), report(2, 10), report(3, 10));
becomes('/two', '1 2', 'who reports is used');
my $shares = seen('/two', 400);
cmp_ok $shares->{1}, '>', 250, 'by free places (3:1), within chance';
cmp_ok $shares->{2}, '>', 50;
becomes('/flags', '1 2 3', 'sets, standbys, spares and weights mean nothing');
cmp_ok seen('/flags', 400)->{1}, '>', 180, 'but places do';
becomes('/down', '1', 'draining members are used, disabled and stopped ones are not');
becomes('/names', '2', 'hosts are compared as text');
# The stock module gives the places of a host to the last member of it.
becomes('/host', per_stack(stock => 'second', ours => '1 second'), 'members of one host');

reports(report(1, 3, 0), report(2, 1));
becomes('/two', '2', 'an idle server has a quarter of its places: none of three');
reports(report(1, 5, 1, 9), report(2, 50, 1, 10));
becomes('/two', '1', 'reports of ten seconds ago count no more');
reports(report(2, 5), '# ' . report(1, 500), ' ' . report(1, 500));
becomes('/two', '2', 'comments and indented lines are passed over');
reports(report(1, 0), report(2, 0));
becomes('/two', '503', 'nobody has a free place');
reports(report(1, 50, 1, 70), '127.0.0.1 lastseen=1&ready=50&busy=2', 'no report', '127.0.0.2 busy=3&rea');
becomes('/two', '1 2', 'the later line counts, keys in any order; a broken one has no places');
cmp_ok seen('/two', 200)->{1}, '>', 150, '(but for the number where ranges touch)';
reports(report(1, 1000), report(2, 20));
becomes('/two', '1 2', 'many');
$backend[0]->go_down;
becomes('/two', '2', 'a lost member is noticed by nobody');

done_testing;
