# A scripted backend on a loopback port or a unix socket. Each connection is served by a process of its own
# that runs the script; what arrives is recorded and can be looked at from the test.
#
#   my $backend = CxxProxy::Backend->start(sub ($connection) {
#       while (my $request = $connection->read_request) {
#           $connection->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
#       }
#   });
#   "ProxyPass / http://$backend/"          # a backend in a string is its host:port
#   ($backend->requests)[0]{head}           # the bytes as they came
package CxxProxy::Backend;

use v5.36;
use CxxProxy::BackendConnection;
use CxxProxy::Wait qw(await die_with_parent);
use File::Temp ();
use IO::Socket::IP;
use IO::Socket::UNIX;
use POSIX qw(WNOHANG);
use Socket qw(SOL_SOCKET SO_REUSEADDR SOMAXCONN);
use Storable qw(nfreeze thaw);

use overload '""' => sub ($self, @) { $self->hostport }, fallback => 1;

# Options: host => '::1' (default 127.0.0.1), unix => 1, tls => { cert => …, key => … }.
sub start ($class, $script, %option) {
    my $dir = File::Temp->newdir('cxxproxy-backend-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";
    my $self = bless {
        script => $script, dir => $dir, log => "$dir/events", host => $option{host} // '127.0.0.1',
        tls => $option{tls}, owner => $$, ($option{unix} ? (path => "$dir/socket") : ()),
    }, $class;
    $self->reserve_port unless $self->{path};
    return $self->come_up;
}

# Answers each request with these bytes; then => 'keep' (default), 'close' or 'reset'. A backend that closes without
# having said so wants disablereuse=on in the configuration: else the next request may meet the dying connection.
sub answering ($class, $bytes, %option) {
    my $then = delete $option{then} // 'keep';
    return $class->start(sub ($connection) {
        while ($connection->read_request) {
            $connection->send($bytes);
            next if $then eq 'keep';
            return $then eq 'reset' ? $connection->reset : $connection->close;
        }
    }, %option);
}

# Answers with the request as it received it.
sub echo ($class, %option) {
    return $class->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            $connection->reply(200, $request->{head} . $request->{body}, 'Content-Type' => 'text/plain');
        }
    }, %option);
}

# Answers with its name: which member was it?
sub named ($class, $name, %option) {
    return $class->start(sub ($connection) {
        while ($connection->read_request) { $connection->reply(200, $name, 'Content-Type' => 'text/plain') }
    }, %option);
}

# Answers with the request target it was asked for, after its name if it has one: where did the mapping lead?
sub teller ($class, $name = '', %option) {
    return $class->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            $connection->reply(200, $name . (split ' ', $request->{head})[1], 'Content-Type' => 'text/plain');
        }
    }, %option);
}

# A port on which nobody listens, and nobody else will while this object lives.
sub closed ($class, %option) {
    my $self = bless { host => $option{host} // '127.0.0.1', owner => $$ }, $class;
    $self->reserve_port;
    return $self;
}

sub port     ($self) { $self->{port} }
sub path     ($self) { $self->{path} }
sub hostport ($self) { my $host = $self->{host}; ($host =~ /:/ ? "[$host]" : $host) . ":$self->{port}" }

# The place is held by a socket that is bound but does not listen: connections are refused, the port stays ours.
sub reserve_port ($self) {
    my $holder = bound_socket($self->{host}, 0);
    @$self{qw(holder port)} = ($holder, $holder->sockport);
}

sub bound_socket ($host, $port) {
    return IO::Socket::IP->new(LocalHost => $host, LocalPort => $port, Proto => 'tcp', ReuseAddr => 1)
        // die "cannot bind to $host port $port: $@\n";
}

sub listening_socket ($self) {
    if ($self->{path}) {
        unlink $self->{path};
        my $socket = IO::Socket::UNIX->new(Local => $self->{path}, Listen => SOMAXCONN) or die "$self->{path}: $!\n";
        chmod 0777, $self->{path};
        return $socket;
    }
    my $socket = bound_socket($self->{host}, $self->{port});
    listen $socket, SOMAXCONN or die "listen: $!\n";
    return $socket;
}

# Begin to listen (again). The script, and what was recorded, stay.
sub come_up ($self) {
    my $listener = $self->listening_socket;
    defined($self->{pid} = fork) or die "fork: $!\n";
    if ($self->{pid}) {
        POSIX::setpgid($self->{pid}, $self->{pid});
        return $self;
    }
    die_with_parent();
    POSIX::setpgid(0, 0);    # with all connections' processes, so that they end together
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
    delete $self->{holder};
    eval { $self->accept_connections($listener); 1 } or warn "backend: $@";
    POSIX::_exit(0);
}

# Stop listening and cut all connections; further ones are refused.
sub go_down ($self) {
    my $pid = delete $self->{pid} or return;
    kill 'KILL', -$pid or kill 'KILL', $pid;
    waitpid $pid, 0;
    await('the end of the backend', sub { !group_lives($pid) });
    unlink $self->{path} if $self->{path};
}

sub stop ($self) { $self->go_down; delete $self->{holder} }

# Processes that are not zombies yet still hold their sockets.
sub group_lives ($group) {
    for my $path (glob '/proc/[0-9]*/stat') {
        open my $stat, '<', $path or next;
        return 1 if (<$stat> // '') =~ /\) ([A-Z]) \d+ (\d+) / && $1 !~ /[ZX]/ && $2 == $group;
    }
    return 0;
}

sub accept_connections ($self, $listener) {
    $SIG{CHLD} = 'IGNORE';
    $SIG{PIPE} = 'IGNORE';
    my $number = () = $self->events('open');
    while (1) {
        my $socket = $listener->accept or next;
        $self->record({ event => 'open', connection => ++$number });
        my $pid = fork // die "fork: $!\n";
        next if $pid;
        die_with_parent();
        close $listener;
        $self->serve($socket, $number);
        POSIX::_exit(0);
    }
}

sub serve ($self, $socket, $number) {
    my $connection;
    eval {
        $connection = CxxProxy::BackendConnection->new(
            socket => $socket, number => $number, record => sub ($event) { $self->record($event) }, tls => $self->{tls},
            dir => "$self->{dir}");
        $self->{script}->($connection);
        1;
    } or $self->record({ event => 'trouble', text => "$@", connection => $number });
    $connection->close if $connection;
    $self->record({ event => 'close', connection => $number });
}

# One write per event into a file opened for appending: events of several processes do not mix.
sub record ($self, $event) {
    open my $log, '>>:raw', $self->{log} or die "$self->{log}: $!\n";
    my $frozen = nfreeze($event);
    syswrite $log, pack('N', length $frozen) . $frozen;
}

sub events ($self, $kind = undef) {
    open my $log, '<:raw', $self->{log} or return;
    my $bytes = do { local $/; <$log> } // '';
    my (@events, $at);
    for ($at = 0; length($bytes) >= $at + 4;) {
        my $length = unpack 'N', substr $bytes, $at, 4;
        last if length($bytes) < $at + 4 + $length;
        push @events, thaw(substr $bytes, $at + 4, $length);
        $at += 4 + $length;
    }
    return grep { !defined $kind || $_->{event} eq $kind } @events;
}

# Every request read so far: { head, body, raw_body, length, md5, complete, connection }, in order of their heads.
sub requests ($self) {
    my (@requests, %by_id);
    for my $event ($self->events) {
        my $id = $event->{id} // next;
        push @requests, $by_id{$id} = {} unless $by_id{$id};
        @{ $by_id{$id} }{ keys %$event } = values %$event;
    }
    return @requests;
}

sub last_request     ($self) { ($self->requests)[-1] }
sub request_lines    ($self) { map { (split /\r?\n/, $_->{head})[0] } $self->requests }
sub connection_count ($self) { my $count = () = $self->events('open'); $count }
sub closed_count     ($self) { my $count = () = $self->events('close'); $count }
sub troubles         ($self) { map { $_->{text} } $self->events('trouble') }

# Lets scripts go on that wait with $connection->wait_for_release($name).
sub release ($self, $name = 'go') { open my $file, '>', "$self->{dir}/$name" or die "release: $!\n" }

# What the script said with $connection->note($text).
sub notes ($self) { map { $_->{text} } $self->events('note') }

# All bytes that arrived on one connection (numbers start at 1), framing or not.
sub bytes ($self, $number) { join '', map { $_->{bytes} } grep { $_->{connection} == $number } $self->events('bytes') }

sub wait_for_requests ($self, $count) {
    await("$count requests at the backend", sub { $self->requests >= $count });
    return $self->requests;
}

sub wait_for_note ($self, $text) {
    await("the backend's note '$text'", sub { grep { $_ eq $text } $self->notes });
}

sub wait_for_close ($self, $count = 1) {
    await("$count closed backend connections", sub { $self->closed_count >= $count });
}

sub DESTROY ($self) {
    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;
}

1;
