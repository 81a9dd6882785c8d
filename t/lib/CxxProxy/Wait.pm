# Waiting for conditions; and what every process of a test needs: to be gone when the test is.
package CxxProxy::Wait;

use v5.36;
use Exporter qw(import);
use POSIX qw(WNOHANG);
use Time::HiRes qw(clock_gettime sleep CLOCK_MONOTONIC);

our @EXPORT_OK = qw(wait_for await deadline time_left die_with_parent end_process);

# How long anything may take before the test fails: a limit, never an expectation.
my $limit = $ENV{CXXPROXY_LIMIT} || 30;

sub deadline ($seconds = $limit) { clock_gettime(CLOCK_MONOTONIC) + $seconds }
sub time_left ($until) { my $left = $until - clock_gettime(CLOCK_MONOTONIC); $left > 0 ? $left : 0 }

# The condition's first true value; undef when the limit passes.
sub wait_for ($condition, $seconds = $limit) {
    my $until = deadline($seconds);
    my $pause = 0.002;
    while (1) {
        my $value = $condition->();
        return $value if $value;
        return undef unless time_left($until);
        sleep $pause;
        $pause = $pause < 0.05 ? $pause * 1.5 : 0.05;
    }
}

# The same, but the test dies when the condition never holds.
sub await ($what, $condition, $seconds = $limit) {
    return wait_for($condition, $seconds) // die "still waiting for $what after $seconds seconds\n";
}

# To be called in a fresh child: the kernel ends it when its parent dies, however that happens.
sub die_with_parent ($signal = 9) {
    my ($prctl, $pr_set_pdeathsig) = (157, 1);    # x86_64
    require POSIX;
    my $machine = (POSIX::uname())[4];
    $prctl = 167 if $machine eq 'aarch64';
    syscall $prctl, $pr_set_pdeathsig, $signal, 0, 0, 0;
}

# Ends a child of ours by its pid: politely if it has the manners.
sub end_process ($pid, $signal = 'TERM', $patience = 15) {
    return $? if waitpid($pid, WNOHANG) != 0;
    kill $signal, $pid;
    return $? if wait_for(sub { waitpid($pid, WNOHANG) != 0 }, $patience);
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return $?;
}

1;
