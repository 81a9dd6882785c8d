# What the files about the engine (t/70engine-*) share: a server that is soon out of threads, clients that have been served
# before, many clients at once, and looks at what a process holds.
package CxxProxy::Engine;

use v5.36;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(engine_is_off is_ours is_sanitized);
use CxxProxy::Wait qw(deadline die_with_parent time_left);
use Exporter qw(import);
use POSIX ();
use Storable qw(nfreeze thaw);
use Test::Builder;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

our @EXPORT_OK = qw(answers_meanwhile descriptors few_threads grown in_processes memory ours_only seconds_for still_there
    settled used_client);

# With CXXPROXY_THREADS=300 there are so many, on either stack: a file that fails then is wrong itself.
my $threads = $ENV{CXXPROXY_THREADS};

# How long "at once" may take on a busy machine. What waits for a thread here waits until the test lets it go.
my $at_once = is_sanitized() ? 6 : 2;

# For a file about something that cannot hold where each request occupies a thread.
sub ours_only ($reason = 'a waiting request holds a thread there') {
    Test::Builder->new->skip_all("stock modules: $reason") unless is_ours() || $threads;
    Test::Builder->new->skip_all("the engine is off: $reason") if engine_is_off() && !$threads;
}

# One child with ten threads (or more, where a stock one needs them) that accepts as many connections as come.
sub few_threads (%option) {
    my $config = delete $option{config}  // '';
    my $count  = delete $option{threads} // 10;
    $count = $threads if $threads && $threads > $count;
    return CxxProxy::Httpd->start(mpm => 'event', children => 1, threads => $count, %option, config => <<"CONF");
ThreadLimit @{[ 2 * $count ]}
AsyncRequestWorkerFactor 100
$config
CONF
}

# A client whose connection the engine holds: it has been proxied, twice. (After one request it is still with the MPM, which
# closes such connections whenever a burst leaves it without an idle thread.)
sub used_client ($httpd, %option) {
    my $path   = delete $option{path} // '/used';
    my $client = $httpd->client(%option);
    for (1 .. 2) {
        my $answer = $client->request(path => $path);
        die "no answer to $path\n" unless $answer && $answer->complete;
    }
    return $client;
}

# While others wait: a request on a new connection, and one on each of these, are answered at once.
sub answers_meanwhile ($what, $httpd, $path, $body, @clients) {
    my $builder = Test::Builder->new;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    for my $client ($httpd->client(limit => 5 * $at_once), @clients) {
        my $answer;
        my $seconds = seconds_for(sub { $answer = eval { $client->request(path => $path) } });
        my $how = (grep { $_ == $client } @clients) ? 'on a connection in use' : 'on a new connection';
        $builder->is_eq($answer ? $answer->body : "nothing: $@", $body, "$what: another is answered, $how");
        $builder->cmp_ok($seconds, '<', $at_once, 'and at once');
    }
}

sub seconds_for ($work) {
    my $begin = clock_gettime(CLOCK_MONOTONIC);
    $work->();
    return clock_gettime(CLOCK_MONOTONIC) - $begin;
}

# True while the peer has neither closed nor said anything.
sub still_there ($client) { !$client->can_read }

# A value once it has not changed for a while: when nothing tells that something has come to rest.
sub settled ($value, $seconds = 0.5) {
    my $end  = deadline();
    my $last = $value->();
    my $rest = deadline($seconds);
    while (time_left($rest)) {
        die "it does not come to rest\n" unless time_left($end);
        Time::HiRes::sleep(0.02);
        my $now = $value->();
        ($last, $rest) = ($now, deadline($seconds)) if $now ne $last;
    }
    return $last;
}

# kB of a process that are its own (its share, where it shares).
sub memory ($pid) {
    return CxxProxy::Httpd::slurp("/proc/$pid/smaps_rollup") =~ /^Pss:\s+(\d+)/m ? $1 : 0;
}

sub descriptors ($pid) { my @open = glob "/proc/$pid/fd/*"; scalar @open }

# kB that may be needed more than before: the sanitizers keep what is freed.
sub grown ($kilobytes) { $kilobytes * (is_sanitized() ? 8 : 1) }

# Runs work($number) in so many processes at once; gives what each returned, in order. An exception is { died => … }.
# A second block runs here meanwhile.
sub in_processes ($count, $work, $meanwhile = undef) {
    my @running;
    for my $number (1 .. $count) {
        pipe my $from, my $to or die "pipe: $!\n";
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            die_with_parent();
            close $from;
            my $result = eval { $work->($number) } // { died => "$@" };
            binmode $to;
            print $to nfreeze(ref $result ? $result : \$result);
            close $to;
            POSIX::_exit(0);
        }
        close $to;
        push @running, { pid => $pid, from => $from };
    }
    my $fine  = !$meanwhile || eval { $meanwhile->(); 1 };
    my $error = $@;
    my @results;
    for my $process (@running) {
        binmode $process->{from};
        kill 'KILL', $process->{pid} unless $fine;
        my $bytes = do { local $/; readline $process->{from} } // '';
        waitpid $process->{pid}, 0;
        my $result = length $bytes ? thaw($bytes) : { died => 'without a word' };
        push @results, ref $result eq 'SCALAR' || ref $result eq 'REF' ? $$result : $result;
    }
    die $error unless $fine;
    return @results;
}

1;
