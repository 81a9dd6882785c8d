# A RawClient inside TLS; and certificates for the server it talks to.
#
#   plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;
#   my $certificate = CxxProxy::TlsClient->certificate('front.test');    # { cert, key } while the object lives
#   my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate);    # for the configuration, with ports => ['tls']
#   my $client = CxxProxy::TlsClient->connect($port, tls => { SSL_version => 'TLSv1_2' });
package CxxProxy::TlsClient;

use v5.36;
use parent 'CxxProxy::RawClient';
use CxxProxy::Httpd;
use CxxProxy::Wait qw(time_left);
use File::Temp ();
use IO::Select;

sub missing ($class) {
    return 'openssl is needed' unless grep { -x "$_/openssl" } split /:/, $ENV{PATH};
    return 'IO::Socket::SSL is needed' unless eval { require IO::Socket::SSL };
    return undef;
}

# Signed by itself.
sub certificate ($class, $name) {
    my $dir = File::Temp->newdir('cxxproxy-tls-XXXXXX', TMPDIR => 1);
    chmod 0755, $dir;
    my @new = qw(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2);
    system(join ' ', @new, "-subj /CN=$name -keyout $dir/key.pem -out $dir/cert.pem 2>/dev/null") == 0 or die "openssl: $?\n";
    chmod 0644, "$dir/key.pem";
    return { dir => $dir, cert => "$dir/cert.pem", key => "$dir/key.pem" };
}

# A virtual host of TLS, as the one of CxxProxy::Httpd without.
sub virtual_host ($class, $port, $certificate, @lines) {
    return CxxProxy::Httpd->virtual_host($port, 'SSLEngine On', "SSLCertificateFile $certificate->{cert}",
        "SSLCertificateKeyFile $certificate->{key}", @lines);
}

# The versions whose clients answer when they are asked for a certificate behind the first handshake: name => what `tls` takes.
# In TLS 1.2 that is a handshake of its own, in TLS 1.3 the client says beforehand that it may be asked.
sub versions_asked_later ($class) {
    require IO::Socket::SSL;
    my $may_be_asked = Net::SSLeay->can('CTX_set_post_handshake_auth');
    my %tls = (TLSv1_2 => { SSL_version => 'TLSv1_2' });
    $tls{TLSv1_3} = { SSL_version => 'TLSv1_3', SSL_create_ctx_callback => sub ($context) { $may_be_asked->($context, 1) } }
        if $may_be_asked;
    return %tls;
}

sub connect ($class, $where, %option) {
    my $self = $class->SUPER::connect($where, %option);
    require IO::Socket::SSL;
    IO::Socket::SSL->start_SSL($self->{socket}, SSL_verify_mode => 0, SSL_ca_file => \'', %{ $option{tls} // {} })
        or die "TLS: $IO::Socket::SSL::SSL_ERROR\n";
    $self->{socket}->blocking(0);
    return $self;
}

# What TLS says for itself (tickets, a new handshake) is readable, too, but no bytes.
sub try_read ($self, $max) {
    my $n = sysread($self->{socket}, my $bytes, $max);
    return $bytes if $n;
    return undef if !defined $n && ($!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR});
    $self->{was_reset} = 1 unless defined $n;
    $self->{eof} = 1;
    return '';
}

sub read_some ($self, $max = 65536, $until = $self->patience) {
    if (length $self->{buffer}) { return substr $self->{buffer}, 0, $max, '' }
    until ($self->{eof}) {
        my $bytes = $self->try_read($max);
        return $bytes if defined $bytes;
        $self->wait_until_ready($until);
    }
    return '';
}

sub wait_until_ready ($self, $until) {
    my $writes = $IO::Socket::SSL::SSL_ERROR == IO::Socket::SSL::SSL_WANT_WRITE();
    my $select = IO::Select->new($self->{socket});
    my $ready  = $writes ? $select->can_write(time_left($until)) : $select->can_read(time_left($until));
    $ready or die "no bytes within the limit\n";
}

sub can_read ($self, $seconds = 0) {
    return 1 if length $self->{buffer} || $self->{eof};
    return 0 unless $self->{socket}->pending || IO::Select->new($self->{socket})->can_read($seconds);
    $self->{buffer} = $self->try_read(65536) // '';
    return length $self->{buffer} || $self->{eof} ? 1 : 0;
}

sub send ($self, $bytes) {
    local $SIG{PIPE} = 'IGNORE';
    my $until = $self->patience;
    for (my $sent = 0; $sent < length $bytes;) {
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $sent, $sent;
        if (defined $n) { $sent += $n; next }
        return 0 unless $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR};
        if ($IO::Socket::SSL::SSL_ERROR == IO::Socket::SSL::SSL_WANT_READ()) { $self->wait_until_ready($until); next }
        IO::Select->new($self->{socket})->can_write(time_left($until)) or die "the peer does not read: $sent bytes sent\n";
    }
    return 1;
}

# Without TLS's goodbye.
sub close ($self) { $self->{socket}->close(SSL_no_shutdown => 1, SSL_fast_shutdown => 1) }

sub reset ($self) {
    setsockopt $self->{socket}, Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack('ii', 1, 0);
    $self->close;
}

1;
