# How the runner starts a test file: in a fork of itself, which has Apache::Test loaded already. A Perl of its own would spend
# a third of a second of CPU on that before its first line, which is more than most files need for all the rest.
#
#   TAP::Parser::IteratorFactory->register_handler('CxxProxy::Forked');
#
# The file sees what it sees in a Perl of its own: package main, its name in $0, no arguments, signals at their defaults,
# numbers as random as they get. CxxProxy::Httpd, which remembers its process, is for the fork to load.
package CxxProxy::Forked;

use v5.36;
use Test2::API qw(test2_formatter_add test2_start_preload test2_stop_preload);
BEGIN { test2_start_preload() }    # or the tests' numbers would belong to the runner
use parent 'TAP::Parser::SourceHandler';
use Apache::Test ();
use Digest::MD5 ();
use File::Temp ();
use FindBin ();
use CxxProxy::Backend ();
use IO::Handle ();
use IO::Socket::IP ();
use IO::Socket::UNIX ();
use POSIX ();
use Storable ();
use Test2::Util qw(clone_io);
use Test::More ();

sub can_handle ($class, $source) { $source->meta->{is_file} && $source->meta->{file}{lc_ext} eq '.t' ? 1 : 0 }

sub make_iterator ($class, $source) { CxxProxy::Forked::Iterator->new({ file => ${ $source->raw } }) }

# Never returns: the file's end is the process's.
sub become ($file) {
    test2_stop_preload();
    test2_formatter_add('Test::Builder::Formatter');    # forgotten with what else belongs to a process
    delete $ENV{T2_IN_PRELOAD};
    say_it_here(Test::More->builder);
    delete @SIG{ grep { ref $SIG{$_} } keys %SIG };
    $0    = $file;
    @ARGV = ();
    srand;
    FindBin->again;
    evaluate($file =~ m{^/} ? $file : "./$file");
    exit 0 unless $@;
    print STDERR $@;
    exit 255;
}

# Test::Builder took the runner's output when it was loaded.
sub say_it_here ($builder) {
    $builder->$_(clone_io(\*STDOUT)) for qw(output todo_output);
    $builder->failure_output(clone_io(\*STDERR));
}

sub evaluate ($file) {
    local $! = 0;
    return if defined do $file;
    $@ ||= "$file: $!\n" if $!{ENOENT} || $!{EACCES};
}

# What comes out of it, and the status it ended with; reading and waiting are the base class's.
package CxxProxy::Forked::Iterator;

use parent 'TAP::Parser::Iterator::Process';
use IO::Select ();

my %reading;    # ends of pipes that are the runner's alone

sub _initialize ($self, $args) {
    pipe my $out, my $stdout or die "pipe: $!\n";
    pipe my $err, my $stderr or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        close $_ for $out, $err, values %reading;
        open STDOUT, '>&', $stdout or die "stdout: $!\n";
        open STDERR, '>&', $stderr or die "stderr: $!\n";
        close $_ for $stdout, $stderr;
        CxxProxy::Forked::become($args->{file});
    }
    @reading{ $out, $err } = ($out, $err);
    @$self{qw(pid out err sel chunk_size)} = ($pid, $out, $err, IO::Select->new($out, $err), 65536);
    return $self;
}

sub _finish ($self) {
    delete @reading{ @$self{qw(out err)} };
    return $self->SUPER::_finish;
}

1;
