# A scripted HTTP/2 backend, as CxxProxy::Backend is one of HTTP/1: what arrives is recorded and can be looked at with the
# same methods. Without TLS it takes HTTP/2 with prior knowledge (h2c), with it what ALPN says.
#
#   plan skip_all => CxxProxy::Http2Backend->missing if CxxProxy::Http2Backend->missing;
#   my $backend = CxxProxy::Http2Backend->start({
#       '/slow'  => [['wait'], ['reply', 200, 'slow']],
#       '/cut'   => [['head', 200], ['data', 'begun'], ['reset', 2]],
#   });
#   "ProxyPass / h2c://$backend/"
#   ($backend->requests)[0]{head}      # lines of ":method: GET" and so on, as they came
#
# Each path (without its query) has a list of steps; '*' is for those without. Others are built in: /size/N (so many bytes,
# with their length), /status/N, and for the rest 'echo': the answer is head and body of the request.
#
#   body                          waits for the end of the request         echo, report   its head and body; its length and MD5
#   hold                          lets no more of the request come than the first window
#   deaf                          answers no PING from now on
#   reply STATUS, BODY, [fields]  a whole answer with its length           head STATUS, [fields], end
#   data BODY, end                a body is text, or { size => N }         trailers [fields]      end
#   fields [fields], end          a head as it is said                     push [fields]
#   reset CODE                    goaway LAST, CODE, TEXT                  LAST: 'this', 'before', a number
#   frame TYPE, FLAGS, 'this' or a stream, PAYLOAD, COUNT                  bytes BYTES
#   close, abort                  the connection, with a reset             never
#   wait NAME                     until $backend->release(NAME)            note TEXT, pause SECONDS
#   once NAME, [steps]            these steps the first time only, and no others then; times N, NAME, [steps]
#   forever [steps]
#
# Options: settings => { number => value }; most => N (more streams on a connection are refused);
# begin => [steps], when a connection is there; greeting => bytes before everything;
# mute => 1 (reads and says nothing); tls => { cert, key, alpn => ['h2'] }; host.
package CxxProxy::Http2Backend;

use v5.36;
use parent 'CxxProxy::Backend';
use Cwd ();
use Fcntl qw(F_SETFD);
use File::Basename qw(dirname);
use JSON::PP ();

my $programs = Cwd::realpath(dirname(__FILE__)) . '/http2';
my $json     = JSON::PP->new->latin1->canonical;
my $python;

# Of several Pythons that one which has HPACK.
sub python ($class) {
    return $python //= do {
        my ($found) = grep { -x && system("$_ -c 'import hpack' 2>/dev/null") == 0 } '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH};
        $found // '';
    };
}

sub missing ($class) { $class->python ? undef : 'python3 with HPACK (python3-h2) is needed' }
sub program ($class, $name) { "$programs/$name.py" }

sub start ($class, $paths = {}, %option) {
    my %socket = (host => delete $option{host} // '127.0.0.1');
    my %script = (paths => $paths, tls => delete $option{tls}, options => \%option);
    my $self = bless { %socket, dir => File::Temp->newdir('cxxproxy-backend-XXXXXX', TMPDIR => 1), owner => $$ }, $class;
    $self->{log} = "$self->{dir}/events";
    chmod 0755, "$self->{dir}";
    CxxProxy::Httpd::spew("$self->{dir}/script.json", $json->encode(\%script));
    CxxProxy::Httpd::spew($self->{log}, '');
    $self->reserve_port;
    return $self->come_up;
}

sub accept_connections ($self, $listener) {
    fcntl $listener, F_SETFD, 0;
    $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $class = ref $self;
    exec { $class->python } 'python3', $class->program('backend'), fileno $listener, "$self->{dir}", "$self->{dir}/script.json";
}

sub events ($self, $kind = undef) {
    my @lines = split /(?<=\n)/, CxxProxy::Httpd::slurp($self->{log});
    return grep { !defined $kind || $_->{event} eq $kind } map { $json->decode($_) } grep { /\n\z/ } @lines;
}

# The file that release(NAME) makes, for another process to make.
sub mark ($self, $name) { "$self->{dir}/$name" }

# It takes no part in anything, though its kernel still accepts connections, until it wakes up.
sub fall_asleep ($self) { kill 'STOP', $self->{pid} }
sub wake_up     ($self) { kill 'CONT', $self->{pid} }

# What a request said: fields(request, 'name'), in order.
sub fields ($self, $request, $name) { $request->{head} =~ /^\Q$name\E: (.*?)\r$/mg }

# Codes of the streams that the proxy has given up.
sub reset_codes ($self) { map { $_->{code} } $self->events('reset') }

# Most requests that were open at once: all together, or on one connection.
sub most_open      ($self) { most(map { $_->{open} // 0 } $self->events('request')) }
sub most_open_here ($self) { most(map { $_->{open_here} // 0 } $self->events('request')) }
sub most (@numbers) { (sort { $b <=> $a } @numbers)[0] // 0 }

use CxxProxy::Httpd ();

1;
