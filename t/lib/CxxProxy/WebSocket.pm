# Real WebSockets, Debian's python3-websockets, at both ends of a proxy:
#
#   plan skip_all => CxxProxy::WebSocket->missing if CxxProxy::WebSocket->missing;
#   my $backend = CxxProxy::WebSocket->start('one');        # what its paths do: websocket/backend.py
#   "ProxyPass /ws ws://$backend/ws"
#   my ($result) = CxxProxy::WebSocket->ask({ url => "ws://127.0.0.1:$port/ws/echo", do => [[echo => 1000]] });
#   $result->{told}     # ['same']; see websocket/client.py
package CxxProxy::WebSocket;

use v5.36;
use parent 'CxxProxy::PythonServer';
use Cwd ();
use File::Basename qw(dirname);
use IPC::Open2 qw(open2);
use JSON::PP ();

my $programs = Cwd::realpath(dirname(__FILE__)) . '/websocket';
my $json     = JSON::PP->new->utf8->canonical;

sub library   ($class) { 'websockets' }
sub described ($class) { 'WebSockets (python3-websockets)' }

# tls => { cert, key }: as wss://.
sub start ($class, $name, %option) {
    return $class->start_program({}, "$programs/backend.py", $name, $option{tls} ? @{ $option{tls} }{qw(cert key)} : ());
}

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
