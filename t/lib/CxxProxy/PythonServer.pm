# A server written in Python, with a library that not every Python has: it says its port in a line and serves until it is
# stopped. What GrpcHealth and WebSocket have in common; they say which library (library) and how it is called (described).
package CxxProxy::PythonServer;

use v5.36;
use CxxProxy::Wait qw(die_with_parent end_process);
use POSIX ();

use overload '""' => sub ($self, @) { "127.0.0.1:$self->{port}" }, fallback => 1;

my %python;

# Of several Pythons that one which has the library; '' if none has.
sub python ($class) {
    my $library = $class->library;
    return $python{$library} //=
        (grep { -x && system("$_ -c 'import $library' 2>/dev/null") == 0 } '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH})[0] // '';
}

sub missing ($class) { $class->python ? undef : "python3 with @{[$class->described]} is needed" }

# Fields of the object; the program with its arguments. `errors`: the file that its complaints go to; `signal`: by which it is
# stopped.
sub start_program ($class, $field, @program) {
    my $python = $class->python;
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        die_with_parent(15);
        $ENV{PYTHONDONTWRITEBYTECODE} = 1;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>&', $to;
        open STDERR, '>',  $field->{errors} if $field->{errors};
        exec { $python } $python, @program or POSIX::_exit(127);
    }
    close $to;
    my $self = bless { %$field, pid => $pid, owner => $$ }, $class;
    chomp($self->{port} = <$from> // die "$program[0] did not start\n");
    return $self;
}

sub port ($self) { $self->{port} }

sub stop ($self) { end_process(delete $self->{pid}, $self->{signal} // 'TERM') if $self->{pid} && $self->{owner} == $$ }

sub DESTROY ($self) { local ($?, $@, $!); $self->stop }

1;
