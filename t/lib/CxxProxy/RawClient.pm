# A client that sends exactly the bytes it is told to, and reads responses by the book.
#
#   my $client = CxxProxy::RawClient->connect($httpd->port);
#   $client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
#   my $response = $client->read_response;
package CxxProxy::RawClient;

use v5.36;
use CxxProxy::Response;
use CxxProxy::Wait qw(deadline time_left);
use Errno qw(EINTR ECONNRESET EPIPE EAGAIN);
use IO::Select;
use IO::Socket::IP;
use IO::Socket::UNIX;
use Socket qw(SOL_SOCKET SO_LINGER SO_RCVBUF IPPROTO_TCP TCP_NODELAY);

# where: a port of 127.0.0.1, "host:port", or the path of a unix socket. from: the client's own address.
sub connect ($class, $where, %option) {
    local $SIG{PIPE} = 'IGNORE';
    my $socket = $where =~ m{^/} ? IO::Socket::UNIX->new(Peer => $where) : tcp($where, %option);
    die "cannot connect to $where: $!\n" unless $socket;
    binmode $socket;
    return bless { socket => $socket, buffer => '', eof => 0, limit => $option{limit} }, $class;
}

sub tcp ($where, %option) {
    my ($host, $port) = $where =~ /^\d+$/ ? ('127.0.0.1', $where) : $where =~ /^\[?(.*?)\]?:(\d+)$/;
    my $socket = IO::Socket::IP->new(
        PeerHost => $host, PeerPort => $port, Proto => 'tcp', ($option{from} ? (LocalHost => $option{from}) : ()),
        ($option{receive_buffer} ? (Sockopts => [[SOL_SOCKET, SO_RCVBUF, $option{receive_buffer}]]) : ()),
    ) or return undef;
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    return $socket;
}

sub socket ($self) { $self->{socket} }

# Sends all of it; false when the peer has hung up.
sub send ($self, $bytes) {
    local $SIG{PIPE} = 'IGNORE';
    my $until = $self->patience;
    my $sent  = 0;
    while ($sent < length $bytes) {
        IO::Select->new($self->{socket})->can_write(time_left($until))
            or die "the peer does not read: $sent bytes sent\n";
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $sent, $sent;
        if (defined $n) { $sent += $n; next }
        return 0 if $!{EPIPE} || $!{ECONNRESET};
        die "send: $!\n" unless $!{EINTR} || $!{EAGAIN};
    }
    return 1;
}

# The same bytes in pieces of the given size, each in a packet of its own.
sub send_split ($self, $bytes, $size = 1) {
    $self->send($_) or return 0 for unpack "(a$size)*", $bytes;
    return 1;
}

sub half_close ($self) { shutdown $self->{socket}, 1 }
sub close      ($self) { CORE::close $self->{socket} }

# Hangs up so that the peer sees a reset.
sub reset ($self) {
    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    CORE::close $self->{socket};
}

# The next bytes, '' at the end. A reset counts as an end, and is remembered.
sub read_some ($self, $max = 65536, $until = $self->patience) {
    if (length $self->{buffer}) { return substr $self->{buffer}, 0, $max, '' }
    return '' if $self->{eof};
    IO::Select->new($self->{socket})->can_read(time_left($until)) or die "no bytes within the limit\n";
    my $bytes;
    my $n = sysread($self->{socket}, $bytes, $max);
    return $bytes if $n;
    $self->{was_reset} = 1 unless defined $n;
    $self->{eof} = 1;
    return '';
}

sub was_reset ($self) { !!$self->{was_reset} }

# Everything until the peer closes.
sub read_all ($self) {
    my $until = $self->patience;
    my $all   = '';
    while (length(my $bytes = $self->read_some(65536, $until))) { $all .= $bytes }
    return $all;
}

# True when nothing more comes but the end of the connection.
sub is_closed ($self) { $self->read_some eq '' }

# True when bytes, or the end, can be read at once or within the given seconds.
sub can_read ($self, $seconds = 0) {
    return 1 if length $self->{buffer} || $self->{eof};
    return !!IO::Select->new($self->{socket})->can_read($seconds);
}

# Bytes up to and with the pattern; what is there when the peer closes before.
sub read_until ($self, $pattern) {
    my $until = $self->patience;
    my $end;
    until (defined($end = end_of($self->{buffer}, $pattern))) {
        my $before = $self->{buffer};
        $self->{buffer} = '';
        my $bytes = eval { $self->read_some(65536, $until) };
        die "$@ so far: $before\n" unless defined $bytes;
        return $before if $bytes eq '';
        $self->{buffer} = $before . $bytes;
    }
    return substr $self->{buffer}, 0, $end, '';
}

sub end_of ($bytes, $pattern) { $bytes =~ $pattern ? $+[0] : undef }

# One response. method => 'HEAD' says that no body follows; sink => sub ($bytes) takes the body in pieces.
# undef when the peer closed without a word. 1xx responses are collected in ->interim.
sub read_response ($self, %option) {
    my @interim;
    while (1) {
        my $head = $self->read_until(qr/\r?\n\r?\n/);
        return undef if $head eq '';
        my $response = CxxProxy::Response->new($head);
        if (($response->status // 0) =~ /^1/ && $response->status != 101) { push @interim, $response; next }
        $response->{interim} = \@interim;
        $self->read_body($response, $option{method} // 'GET', $option{sink});
        return $response;
    }
}

sub read_interim ($self) {
    my $head = $self->read_until(qr/\r?\n\r?\n/);
    return $head eq '' ? undef : CxxProxy::Response->new($head);
}

sub read_body ($self, $response, $method, $sink) {
    my $take = sub ($bytes) {
        $response->{body_length} += length $bytes;
        $sink ? $sink->($bytes) : ($response->{body} .= $bytes);
    };
    my $status = $response->status // 200;
    my $length = $response->header('Content-Length');
    if ($method eq 'HEAD' || $status =~ /^(?:101|204|304)$/) {
        $response->{framing}  = 'none';
        $response->{complete} = 1;
    }
    elsif (lc($response->header('Transfer-Encoding') // '') =~ /chunked$/) {
        $response->{framing}  = 'chunked';
        $response->{complete} = $self->read_chunks($take, $response);
    }
    elsif (defined $length) {
        $response->{framing}  = 'length';
        $response->{complete} = $self->read_exactly($length, $take);
    }
    else {
        $response->{framing} = 'close';
        while (length(my $bytes = $self->read_some)) { $take->($bytes) }
        $response->{complete} = !$self->was_reset;
    }
}

sub read_exactly ($self, $length, $take) {
    while ($length > 0) {
        my $bytes = $self->read_some($length < 262144 ? $length : 262144);
        return 0 if $bytes eq '';
        $length -= length $bytes;
        $take->($bytes);
    }
    return 1;
}

sub read_chunks ($self, $take, $response) {
    while (1) {
        my $line = $self->read_until(qr/\n/);
        my ($size) = $line =~ /^([0-9a-fA-F]+)[ \t]*(?:;.*)?\r\n$/ or return 0;
        last if hex $size == 0;
        $self->read_exactly(hex $size, $take) or return 0;
        $self->read_until(qr/\n/) eq "\r\n" or return 0;
    }
    while ((my $line = $self->read_until(qr/\n/)) ne "\r\n") {
        return 0 unless $line =~ /\n$/;
        push @{ $response->{trailers} }, [CxxProxy::Response::parse_field($line =~ s/\r?\n$//r)];
    }
    return 1;
}

# Sends a request made of its parts and reads the answer.
#   method, path, version, headers => [name => value, ...], body, chunked => 1
sub request ($self, %part) {
    $self->send(request_bytes(%part));
    return $self->read_response(method => $part{method} // 'GET', sink => $part{sink});
}

sub request_bytes (%part) {
    my $method  = $part{method}  // 'GET';
    my $version = $part{version} // '1.1';
    my @headers = @{ $part{headers} // [] };
    my %has     = map { lc $headers[2 * $_] => 1 } 0 .. @headers / 2 - 1;
    my $bytes   = "$method " . ($part{path} // '/') . " HTTP/$version\r\n";
    $bytes .= 'Host: ' . ($part{host} // 'proxy.test') . "\r\n" unless $has{host} || $version eq '1.0' && !$part{host};
    while (my ($name, $value) = splice @headers, 0, 2) { $bytes .= "$name: $value\r\n" }
    return "$bytes\r\n" unless defined $part{body};
    return "${bytes}Transfer-Encoding: chunked\r\n\r\n" . chunked($part{body}) if $part{chunked};
    return "${bytes}Content-Length: " . length($part{body}) . "\r\n\r\n$part{body}";
}

sub chunked ($body, $size = 8000) {
    return join('', map { sprintf "%x\r\n%s\r\n", length, $_ } unpack "(a$size)*", $body) . "0\r\n\r\n";
}

sub patience ($self) { deadline($self->{limit} // ()) }

1;
