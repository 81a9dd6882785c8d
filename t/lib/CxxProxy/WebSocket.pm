# Real WebSockets, Debian's python3-websockets, at both ends of a proxy:
#
#   plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;
#   my $backend = CxxProxy::WebSocket->start('one');        # what its paths do: websocket/backend.py
#   "ProxyPass /ws ws://$backend/ws"
#   my ($result) = CxxProxy::WebSocket->ask({ url => "ws://127.0.0.1:$port/ws/echo", do => [[echo => 1000]] });
#   $result->{told}     # ['same']; see websocket/client.py
package CxxProxy::WebSocket;

use v5.36;
use Cwd ();
use CxxProxy::Wait qw(die_with_parent end_process);
use File::Basename qw(dirname);
use IPC::Open2 qw(open2);
use JSON::PP ();
use POSIX ();

use overload '""' => sub ($self, @) { "127.0.0.1:$self->{port}" }, fallback => 1;

my $programs = Cwd::realpath(dirname(__FILE__)) . '/websocket';
my $json     = JSON::PP->new->utf8->canonical;

# Of several Pythons that one which has them.
sub python ($class) {
    state $python = (grep { -x && system("$_ -c 'import websockets' 2>/dev/null") == 0 } '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH})[0] // '';
    return $python;
}

sub missing ($class) { $class->python ? undef : 'python3 with WebSockets (python3-websockets) is needed' }

# tls => { cert, key }: as wss://.
sub start ($class, $name, %option) {
    my @command = ($class->python, "$programs/backend.py", $name, $option{tls} ? @{ $option{tls} }{qw(cert key)} : ());
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        die_with_parent(15);
        $ENV{PYTHONDONTWRITEBYTECODE} = 1;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>&', $to;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    close $to;
    my $self = bless { pid => $pid, owner => $$ }, $class;
    chomp($self->{port} = <$from> // die "the WebSocket backend did not start\n");
    return $self;
}

sub port ($self) { $self->{port} }

sub stop ($self) {
    end_process(delete $self->{pid}) if $self->{pid} && $self->{owner} == $$;
}
sub DESTROY ($self) { local ($?, $!, $@); $self->stop }

sub ask         ($class, @jobs) { $class->finish($class->begin([], @jobs)) }
sub ask_at_once ($class, @jobs) { $class->finish($class->begin(['--at-once'], @jobs)) }

# The same in two steps, for things that happen meanwhile.
sub begin ($class, $arguments, @jobs) {
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $pid = open2(my $out, my $in, $class->python, "$programs/client.py", @$arguments);
    print {$in} $json->encode($_), "\n" for @jobs;
    close $in;
    return { pid => $pid, out => $out, count => scalar @jobs };
}

sub finish ($class, $begun) {
    my @results = map { $json->decode($_) } readline $begun->{out};
    waitpid $begun->{pid}, 0;
    die "the WebSocket client has failed\n" if @results != $begun->{count};
    return @results;
}

1;
