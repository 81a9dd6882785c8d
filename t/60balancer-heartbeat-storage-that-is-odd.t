# New: whatever the file of HeartbeatStorage is, no request waits for it, and what was read before counts for a while.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);
use POSIX qw(mkfifo);

plan skip_all => 'the stock module waits for a pipe' if !is_ours();

my ($a, $b) = map { CxxProxy::Backend->named($_, host => "127.0.0.$_") } 1, 2;
sub config ($storage) { return <<"CONF" }
$storage
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet lbmethod=heartbeat
</Proxy>
ProxyPass / balancer://cluster/
CONF

sub report ($last) { "127.0.0.$last busy=1&ready=100&lastseen=1\n" }
sub becomes ($httpd, $expected, $what) {
    my $seen;
    await("$what: $expected", sub { ($seen = $httpd->answer('/')) eq $expected });
    is $seen, $expected, $what;
}

my $httpd = CxxProxy::Httpd->start(config => config(''));
my $file  = $httpd->root . '/run/hb.dat';
becomes($httpd, '503', 'no file');
like $httpd->error_log, qr{AH01213: lb_heartbeat: Unable to read heartbeats at '\Q$file\E'}, 'which one, it says';

$httpd->write_file('run/hb.dat', report(1));
becomes($httpd, '1', 'a file, by its usual name');
my $lines = () = $httpd->error_log =~ /AH01213/g;
unlink $file;
mkfifo($file, 0666) or die "mkfifo: $!";
await('a look at the pipe', sub { $httpd->answer('/'); (() = $httpd->error_log =~ /AH01213/g) > $lines });
is $httpd->answer('/'), '1', 'a pipe that nobody writes to makes nobody wait, and the last reports count';

unlink $file;
mkdir $file;
await('a look at the directory', sub { $httpd->answer('/'); $httpd->error_log =~ /Is a directory.*AH01213/ });
rmdir $file;
$httpd->write_file('run/hb.dat', "\0\xff" x 4_000_000 . "\n" . report(1));
becomes($httpd, '503', 'of a huge file the first MiB is read');
$httpd->write_file('run/hb.dat', join '', report(2), map { "10.$_.0.1 busy=1&ready=99999999999999999999\n" } 1 .. 100_000);
becomes($httpd, '2', 'a hundred thousand lines');

my ($accepted, $said) = CxxProxy::Httpd->check(config => CxxProxy::Httpd->virtual_host(undef, 'HeartbeatStorage x'), stack => ['lbmethod_heartbeat']);
ok !$accepted, 'HeartbeatStorage is for the main server';
like $said, qr/HeartbeatStorage/;

$httpd = CxxProxy::Httpd->start(stack => ['lbmethod_heartbeat'], files => { 'run/elsewhere' => report(2), 'run/hb.dat' => report(1) },
    config => config('HeartbeatStorage elsewhere'));
becomes($httpd, '2', 'another file');
$httpd->graceful(config(''));
becomes($httpd, '1', 'without the line it is the usual one again');

done_testing;
