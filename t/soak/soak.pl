# Mixed traffic against an httpd with mod_cxxproxy, with graceful restarts and a killed child now and then; memory and
# descriptors are watched. Called by tools/soak, which says how.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use CxxProxy::Httpd;
use CxxProxy::Engine qw(descriptors memory);
use CxxProxy::RealBackend;
use CxxProxy::TlsClient;
use CxxProxy::Wait qw(die_with_parent wait_for);
use File::Temp ();
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

$ENV{CXXPROXY_STACK} //= 'cxxproxy';
$| = 1;
my $seconds      = $ENV{SOAK_SECONDS} || 900;
my $restart_each = $ENV{SOAK_RESTART} || 30;
my $kill_each    = $ENV{SOAK_KILL} || 120;
my $sample_each  = $ENV{SOAK_SAMPLE} || 10;
my $wrk_each     = 20;                          # seconds from one burst of wrk to the next, of a quarter of that
my @quiet        = (0.65, 0.88);                # this part of the run has neither restarts nor kills: children grow old
my $grace        = 4;                           # seconds after a kill in which its connections may be missed
my $allowed      = 0.20;                        # growth
my $most_open    = 400;                         # there are fewer clients than that, and no more may be kept to backends
my @groups       = qw(pages bodies streams);

my $dir = File::Temp->newdir('cxxproxy-soak-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{CXXPROXY_KEEP});
sub clock () { sprintf '%4d s', time() - $main::begin }
sub say_line (@text) { say clock(), '  ', @text }

# --- what runs --------------------------------------------------------------------------------------------------

my @mine;    # pids to end
sub run_program ($output, @command) {
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        die_with_parent();
        open STDOUT, '>', $output if $output;
        open STDERR, '>>', "$dir/stderr";
        exec @command or POSIX::_exit(127);
    }
    push @mine, $pid;
    return $pid;
}

sub start_backend ($number) {
    run_program("$dir/backend$number", 'python3', "$FindBin::Bin/backend.py");
    my $port = wait_for(sub { CxxProxy::Httpd::slurp("$dir/backend$number") =~ /^(\d+)\n/ ? $1 : 0 }) // die "no backend\n";
    return "127.0.0.1:$port";
}

# HAProxy speaks HTTP/2 and TLS in front of a backend: the members of a balancer that ask for it there.
sub start_haproxy ($backend, $certificate) {
    my ($program) = grep { -x } map { "$_/haproxy" } split(/:/, $ENV{PATH}), '/usr/sbin' or die "haproxy is needed\n";
    my ($h2c, $tls) = map { CxxProxy::RealBackend::free_port() } 1, 2;
    CxxProxy::Httpd::spew("$dir/both.pem", join '', map { CxxProxy::Httpd::slurp($certificate->{$_}) } qw(cert key));
    CxxProxy::Httpd::spew("$dir/haproxy.cfg", <<"CFG");
global
    maxconn 4000
defaults
    mode http
    timeout connect 10s
    timeout client 120s
    timeout server 120s
frontend all
    bind 127.0.0.1:$h2c proto h2
    bind 127.0.0.1:$tls ssl crt $dir/both.pem alpn h2,http/1.1
    default_backend one
backend one
    server one $backend
CFG
    run_program("$dir/haproxy", $program, '-db', '-f', "$dir/haproxy.cfg");
    wait_for(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $tls) }) // die "no haproxy\n";
    return ("h2c://127.0.0.1:$h2c", "https://127.0.0.1:$tls", "h2://127.0.0.1:$tls");
}

our $begin = time;
my @backends    = map { start_backend($_) } 1 .. 2;
my $certificate = CxxProxy::TlsClient->certificate('soak.test');
my @others      = start_haproxy($backends[1], $certificate);
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate, 'ProxyPass /static !', 'ProxyPass / balancer://soak/');
my $httpd = CxxProxy::Httpd->start(
    children => 2, threads => 16, modules => [qw(ssl socache_shmcb deflate filter reqtimeout status)], ports => ['tls'], log_level => 'notice',
    files => { 'htdocs/static/file.txt' => "a static file\n" }, config => <<"CONF");
ServerLimit 16
ThreadLimit 32
AsyncRequestWorkerFactor 100
ListenBackLog 4096
MaxKeepAliveRequests 100
KeepAliveTimeout 5
RequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500
SSLSessionCache shmcb:__ROOT__/run/sessions(512000)
<Proxy balancer://soak>
    BalancerMember http://$backends[0] retry=1 hcmethod=GET11 hcinterval=500ms hcuri=/health
@{[join "\n", map { "    BalancerMember $_ retry=1 hcmethod=GET11 hcinterval=500ms hcuri=/health" } @others]}
</Proxy>
SSLProxyEngine On
SSLProxyVerify none
SSLProxyCheckPeerName off
ProxyPass /static !
ProxyPass /fails http://$backends[0] retry=0
ProxyPass / balancer://soak/
AddOutputFilterByType DEFLATE text/html
$tls_host
CONF
say_line("httpd $httpd->{pid} on port ", $httpd->port, ', ', $ENV{CXXPROXY_STACK}, ", for $seconds s");

# --- what is watched ---------------------------------------------------------------------------------------------

my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK()) || 100;
sub age ($pid) {
    my ($rest)   = CxxProxy::Httpd::slurp("/proc/$pid/stat") =~ /\) (.*)/s or return undef;
    my ($uptime) = CxxProxy::Httpd::slurp('/proc/uptime') =~ /^([\d.]+)/;
    return $uptime - (split ' ', $rest)[19] / $ticks;
}
sub resident ($pid) { CxxProxy::Httpd::slurp("/proc/$pid/smaps_rollup") =~ /^Rss:\s+(\d+)/m ? $1 : 0 }

my (@samples, $requests_before);
sub sample () {
    my $now   = (time() - $begin) / $seconds;
    my @child = map { { pid => $_, age => age($_), pss => memory($_), rss => resident($_), open => descriptors($_) } } $httpd->children;
    @child = sort { $a->{age} <=> $b->{age} } grep { defined $_->{age} && $_->{rss} } @child;
    my $parent = { rss => resident($httpd->pid), open => descriptors($httpd->pid) };
    my $done = requests_done();
    push @samples, { at => $now, children => \@child, parent => $parent, done => $done };
    say_line("$done requests; parent $parent->{rss} kB, $parent->{open} open; children ",
        join '; ', map { sprintf '%d: %d s old, RSS %d PSS %d kB, %d open', @$_{qw(pid age rss pss open)} } @child);
}

sub read_counts () {
    my %count;
    for my $group (@groups) {
        my $text = CxxProxy::Httpd::slurp("$dir/$group.counts") || next;
        my $seen = eval { JSON::PP::decode_json($text) } // {};
        $count{$_} += $seen->{$_} for keys %$seen;
    }
    return %count;
}

my ($by_wrk, $wrk_errors, $wrk_bad) = (0, 0, 0);
sub requests_done () {
    my %count = read_counts();
    my $sum = $by_wrk;
    $sum += $_ for values %count;
    return $sum;
}

# --- wrk -----------------------------------------------------------------------------------------------------------

my ($wrk, $next_wrk, $wrk_number) = (undef, 5, 0);
my $has_wrk = !length($ENV{SOAK_KINDS} // '') && grep { -x "$_/wrk" } split /:/, $ENV{PATH};
sub burst ($now) {
    if ($wrk && waitpid($wrk, WNOHANG) == $wrk) {
        my $text = CxxProxy::Httpd::slurp("$dir/wrk");
        $by_wrk     += $1 if $text =~ /^\s*(\d+) requests in/m;
        $wrk_bad    += $1 if $text =~ /Non-2xx or 3xx responses: (\d+)/;
        $wrk_errors += $1 + $2 + $3 if $text =~ /Socket errors: connect (\d+), read (\d+), write (\d+), timeout/;
        @mine = grep { $_ != $wrk } @mine;
        $wrk = undef;
    }
    return if $wrk || !$has_wrk || $now < $next_wrk;
    $next_wrk = $now + $wrk_each;
    my $url = $wrk_number++ % 3 == 2 ? 'https://127.0.0.1:' . $httpd->port('tls') : 'http://127.0.0.1:' . $httpd->port;
    $wrk = run_program("$dir/wrk", 'wrk', '-t1', '-c32', '-d' . int($wrk_each / 4), '--timeout', '30s', "$url/quick/wrk");
}

# --- the run --------------------------------------------------------------------------------------------------------

my $port = $httpd->port;
run_program(undef, 'python3', "$FindBin::Bin/clients.py", $_, $port, $httpd->port('tls'), "$dir") for @groups;
my @clients = @mine[-@groups .. -1];
my ($next_sample, $next_restart, $next_kill) = ($sample_each, $restart_each, $kill_each * 0.8);
my (@kills, $restarts, @trouble);
$SIG{$_} = sub { exit 130 } for qw(INT TERM);

until ((my $now = time() - $begin) >= $seconds) {
    my $calm = $now > $quiet[0] * $seconds && $now < $quiet[1] * $seconds;
    burst($now);
    if ($now >= $next_sample) { sample(); $next_sample += $sample_each }
    if ($now >= $next_restart) {
        $next_restart += $restart_each;
        if (!$calm) { $httpd->graceful; $restarts++; say_line('a graceful restart') }
    }
    if ($now >= $next_kill) {
        $next_kill += $kill_each;
        my @young = sort { age($a) <=> age($b) } grep { defined age($_) } $httpd->children;
        if (!$calm && @young) { kill 'KILL', $young[0]; push @kills, time; say_line("child $young[0] killed") }
    }
    for my $pid (@clients) { die "clients ended: ", CxxProxy::Httpd::slurp("$dir/stderr") if waitpid($pid, WNOHANG) != 0 }
    push @trouble, 'httpd ended' and last if waitpid($httpd->pid, WNOHANG) != 0;
    sleep 0.2;
}
sample();
CxxProxy::Httpd::spew("$dir/stop", '');
say_line('the clients end');
for my $pid (@clients) {
    wait_for(sub { waitpid($pid, WNOHANG) != 0 }, 100) or push @trouble, "clients $pid did not end";
}
if ($wrk) { wait_for(sub { waitpid($wrk, WNOHANG) != 0 }, 40); }
my %after = map { $_ => descriptors($_) } $httpd->children;

# --- what came of it -----------------------------------------------------------------------------------------------

my %count = read_counts();
say '';
say sprintf '%d requests, %d graceful restarts, %d kills', requests_done(), $restarts // 0, scalar @kills;
say sprintf '  %-28s %9d', $_, $count{$_} for sort keys %count;
say sprintf '  %-28s %9d (%d connections closed by the server, %d answers other than 2xx)', 'wrk', $by_wrk, $wrk_errors, $wrk_bad if $has_wrk;

my (%unexpected, %of_kills);
my $unexpected = 0;
for my $group (@groups) {
    for my $line (split /\n/, CxxProxy::Httpd::slurp("$dir/$group.failures")) {
        my $failure = JSON::PP::decode_json($line);
        my $torn    = $failure->{what} =~ /^(?:cut|no answer|closed|half a head|Connection|\[Errno|.*closed)/;
        my $by_kill = $torn && grep { $failure->{when} > $_ - 0.1 && $failure->{when} < $_ + $grace } @kills;
        my $what = "$failure->{kind}: $failure->{what}" =~ s/\d{3,}/N/gr;
        $by_kill ? $of_kills{$what}++ : $unexpected{$what}++;
        $unexpected++ unless $by_kill;
    }
}
say 'Failures of clients whose child was killed: ', %of_kills ? '' : 'none';
say "  $of_kills{$_}  $_" for sort keys %of_kills;
say 'Failures that should not be: ', %unexpected ? '' : 'none';
say "  $unexpected{$_}  $_" for sort keys %unexpected;
push @trouble, "$unexpected failures" if $unexpected;
push @trouble, "$wrk_bad answers to wrk" if $wrk_bad;

# Growth below some noise (the second word of a column) says nothing: what is open goes with what goes on.
# Children of about the same age are compared, since each generation begins anew; the parent lives through all of it.
sub mean (@values) { @values ? eval { my $sum = 0; $sum += $_ for @values; $sum / @values } : undef }
my $grown_up = sub ($child) { $child->{age} >= $restart_each / 3 && $child->{age} <= $restart_each };
my @columns  = (
    ['children, RSS kB', 2000, sub ($sample) { map { $_->{rss} }  grep { $grown_up->($_) } @{ $sample->{children} } }],
    ['children, PSS kB', 2000, sub ($sample) { map { $_->{pss} }  grep { $grown_up->($_) } @{ $sample->{children} } }],
    ['children, descriptors', 100, sub ($sample) { map { $_->{open} } grep { $grown_up->($_) } @{ $sample->{children} } }],
    ['parent, RSS kB', 1000, sub ($sample) { $sample->{parent}{rss} }],
    ['parent, descriptors', 3, sub ($sample) { $sample->{parent}{open} }],
);
sub at ($column, $at, $width = 0.06) { mean(map { $column->[2]->($_) } grep { abs($_->{at} - $at) <= $width } @samples) }
sub number ($value) { defined $value ? sprintf '%.0f', $value : '-' }
sub judge ($name, $before, $after, $noise) {
    return '' unless $before && $after;
    my $growth = $after / $before - 1;
    return sprintf '%+.0f %%', 100 * $growth if $name =~ /PSS/;    # depends on how many processes share what
    push @trouble, sprintf '%s grew by %.0f %%', $name, 100 * $growth if $growth > $allowed && $after - $before > $noise;
    return sprintf '%+.0f %%', 100 * $growth;
}
say '';
say sprintf '%-32s %9s %9s %9s %9s  %s', 'mean of what is not just born', 'at 20 %', 'at 40 %', 'at 60 %', 'at 100 %', '40 to 100 %';
for my $column (@columns) {
    say sprintf '%-32s %9s %9s %9s %9s  %s', $column->[0], (map { number(at($column, $_)) } 0.2, 0.4, 0.6, 0.97), judge($column->[0], at($column, 0.4), at($column, 0.97), $column->[1]);
}
# The quiet part: the same children throughout.
my ($first, $last) = map { my $at = $_; (sort { abs($a->{at} - $at) <=> abs($b->{at} - $at) } @samples)[0] } $quiet[0] + 0.05, $quiet[1] - 0.01;
for my $old (@{ $last->{children} }) {
    my ($young) = grep { $_->{pid} == $old->{pid} } @{ $first->{children} } or next;
    next if $young->{age} < $restart_each / 3 || $old->{age} - $young->{age} < $restart_each;
    my $what = "child $old->{pid}, $young->{age} to $old->{age} s old" =~ s/\.\d+//gr;
    say sprintf '%s: RSS %d to %d kB (%s), %d to %d descriptors', $what, $young->{rss}, $old->{rss},
        judge("RSS of $what", $young->{rss}, $old->{rss}, 2000), $young->{open}, $old->{open};
    judge("what is open in $what", $young->{open}, $old->{open}, 100);
}
say 'After the last client has gone: ', join ', ', map { "$_: $after{$_} open" } sort keys %after;
push @trouble, 'backend connections are left behind' if grep { $_ > $most_open } values %after;

my $log = $httpd->error_log . $httpd->stderr;
my %lines;
for my $line (grep { /:(?:error|crit|alert|emerg)\]/ } split /\n/, $log) {
    my ($module, $level) = $line =~ /\[(\w+):(\w+)\]/;
    my ($id) = $line =~ /\b((?:AH|CXP)\d+)/;
    $lines{ "$level $module " . ($id // $line =~ s/^.*?\] (?!\[)//r) }++;
}
my @crashes = grep { /exit signal|Sanitizer|Assertion|assertion/ } split /\n/, $log;
say 'Lines of the error log of level error and above: ', %lines ? '' : 'none';
say "  $lines{$_}  $_" for sort keys %lines;
say 'Crashes: ', @crashes ? '' : 'none';
say "  $_" for @crashes;
push @trouble, scalar(@crashes) . ' crashes' if @crashes;
push @trouble, 'critical lines in the error log' if grep { /^(?:crit|alert|emerg) / } keys %lines;

$httpd->{expect_crash} = 1;    # told above
$httpd->stop unless grep { $_ eq 'httpd ended' } @trouble;
say '';
say @trouble ? 'FAILED: ' . join '; ', @trouble : 'passed';
exit(@trouble ? 1 : 0);

END { my $status = $?; kill 'TERM', @mine if $main::begin && @mine; $? = $status }
