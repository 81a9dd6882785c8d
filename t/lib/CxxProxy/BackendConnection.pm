# What a backend's script holds in its hand: one accepted connection.
package CxxProxy::BackendConnection;

use v5.36;
use CxxProxy::RawClient;
use CxxProxy::Wait qw(deadline time_left);
use Digest::MD5;
use IO::Select;
use Socket qw(SOL_SOCKET SO_LINGER SO_RCVBUF IPPROTO_TCP TCP_NODELAY);
use Time::HiRes ();

my $remember = 1 << 20;    # bodies and byte streams beyond that are counted and digested only

sub new ($class, %with) {
    my $self = bless { %with, buffer => '', recorded => 0, requests => 0, limit => 600 }, $class;
    setsockopt $self->{socket}, IPPROTO_TCP, TCP_NODELAY, 1 if $self->{socket}->isa('IO::Socket::IP');
    $self->start_tls if $self->{tls};
    binmode $self->{socket};
    return $self;
}

# Unless told of an authority it knows none: reading the system's anew for each connection costs more than the connection.
sub start_tls ($self) {
    require IO::Socket::SSL;
    IO::Socket::SSL->start_SSL($self->{socket}, SSL_server => 1, SSL_ca_file => \'',
        SSL_cert_file => $self->{tls}{cert}, SSL_key_file => $self->{tls}{key}, %{ $self->{tls}{options} // {} })
        or die "TLS: $IO::Socket::SSL::SSL_ERROR\n";
}

sub socket ($self) { $self->{socket} }
sub number ($self) { $self->{number} }                                   # 1 for the first one ever accepted
sub note   ($self, $text) { $self->tell(event => 'note', text => $text) } # for the test to wait on
sub tell   ($self, %event) { $self->{record}->({ connection => $self->{number}, %event }) }

# The next bytes; '' when the proxy has closed.
sub read_some ($self, $max = 65536) {
    return substr $self->{buffer}, 0, $max, '' if length $self->{buffer};
    my $bytes;
    my $n = sysread($self->{socket}, $bytes, $max);
    return '' unless $n;
    $self->tell(event => 'bytes', bytes => $bytes) if ($self->{recorded} += $n) <= $remember;
    return $bytes;
}

sub read_until ($self, $pattern) {
    my $end;
    until (defined($end = end_of($self->{buffer}, $pattern))) {
        my $before = $self->{buffer};
        $self->{buffer} = '';
        my $bytes = $self->read_some;
        if ($bytes eq '') { $self->{rest} = $before; return '' }
        $self->{buffer} = $before . $bytes;
    }
    return substr $self->{buffer}, 0, $end, '';
}

sub end_of ($bytes, $pattern) { $bytes =~ $pattern ? $+[0] : undef }

sub read_all ($self) {
    my $all = '';
    while (length(my $bytes = $self->read_some)) { $all .= $bytes }
    return $all;
}

# A request's head with its empty line; undef when the proxy has closed.
sub read_head ($self) {
    my $head = $self->read_until(qr/\r?\n\r?\n/);
    return undef if $head eq '';
    ($self->{method}) = $head =~ /^(\S+)/;
    $self->{id} = "$self->{number}.$$." . ++$self->{requests};
    $self->tell(event => 'request', id => $self->{id}, head => $head, complete => 0);
    return $head;
}

# The body that belongs to this head: { body, raw_body, length, md5, complete }.
# digest => 0 spares the work of a digest for very large bodies.
sub read_body ($self, $head, %option) {
    my $body = { body => '', raw_body => '', length => 0, complete => 1 };
    my $md5  = Digest::MD5->new;
    my $take = sub ($bytes) {
        $body->{length} += length $bytes;
        $md5->add($bytes) if $option{digest} // 1;
        $body->{body} .= $bytes if $body->{length} <= $remember;
    };
    if    ($head =~ /^Transfer-Encoding:.*chunked\s*$/mi)  { $body->{complete} = $self->read_chunks($take, $body) }
    elsif ($head =~ /^Content-Length:\s*(\d+)\s*$/mi)      { $body->{complete} = $self->read_exactly($1, $take) }
    $body->{md5}      = $md5->hexdigest;
    $body->{raw_body} = $body->{body} unless length $body->{raw_body};
    $self->tell(event => 'request', id => $self->{id}, %$body);
    return $body;
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

sub read_chunks ($self, $take, $body) {
    my $raw = sub ($bytes) { $body->{raw_body} .= $bytes if length $body->{raw_body} <= $remember; $bytes };
    while (1) {
        my ($size) = $raw->($self->read_until(qr/\n/)) =~ /^([0-9a-fA-F]+)/ or return 0;
        last if hex $size == 0;
        $self->read_exactly(hex $size, sub ($bytes) { $raw->($bytes); $take->($bytes) }) or return 0;
        $raw->($self->read_until(qr/\n/));
    }
    while ((my $line = $raw->($self->read_until(qr/\n/))) !~ /^\r?\n$/) { return 0 if $line eq '' }
    return 1;
}

# Head and body; undef when there is no further request.
sub read_request ($self) {
    my $head = $self->read_head // return undef;
    return { head => $head, %{ $self->read_body($head) }, connection => $self->{number} };
}

# False when the proxy does not listen any more.
sub send ($self, $bytes) {
    my $sent = 0;
    while ($sent < length $bytes) {
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $sent, $sent;
        return 0 unless defined $n;
        $sent += $n;
    }
    return 1;
}

# Each piece in a packet of its own.
sub send_split ($self, $bytes, $size = 1) {
    $self->send($_) or return 0 for unpack "(a$size)*", $bytes;
    return 1;
}

# A whole answer; to HEAD without the body.
sub reply ($self, $status, $body = '', @headers) {
    my $head = "HTTP/1.1 $status Reply\r\n";
    while (my ($name, $value) = splice @headers, 0, 2) { $head .= "$name: $value\r\n" }
    my $sent = ($self->{method} // '') eq 'HEAD' ? '' : $body;
    return $self->send("${head}Content-Length: " . length($body) . "\r\n\r\n$sent");
}

sub send_chunk ($self, $bytes) { $self->send(sprintf "%x\r\n%s\r\n", length $bytes, $bytes) }
sub end_chunks ($self)         { $self->send("0\r\n\r\n") }

# Until the proxy closes its side (or sends more than it should).
sub wait_for_close ($self) { $self->read_some eq '' }

# A pause is part of some scripts (a slow backend); never use one to wait for something.
sub pause ($self, $seconds) { Time::HiRes::sleep($seconds) }

# Waits until the test says $backend->release($name).
sub wait_for_release ($self, $name = 'go') { CxxProxy::Wait::wait_for(sub { -e "$self->{dir}/$name" }, 120) }

sub half_close ($self) { shutdown $self->{socket}, 1 }
sub close      ($self) { CORE::close $self->{socket} if $self->{socket}; delete $self->{socket} }

sub reset ($self) {
    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    $self->close;
}

1;
