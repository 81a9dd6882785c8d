# Members of a balancer whose health is what the test says, and what there is to wait for.
#
#   my $one = CxxProxy::HealthCheck->member('one');           # tells clients its name, passes its checks
#   my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
#   <Proxy balancer://cluster>
#       BalancerMember http://$one @{[$one->keys]}
#   </Proxy>
#   ...
#   $one->checks_get(answer(503));                            # from now on; sick, well: the usual ones
#   until_status($manager, 'cluster', "http://$one", qr/HcFl/);
#
# A member is a CxxProxy::Backend. A check is what asks OPTIONS or for a path that ends with /health; other requests are
# clients'.
#
# Where the number of checks counts, a member is led step by step: the next check is answered when the test says how.
#
#   my $one = CxxProxy::HealthCheck->stepped;
#   $one->step(answer(500));                                  # comes back when the verdict is given
package CxxProxy::HealthCheck;

use v5.36;
use parent 'CxxProxy::Backend';
use CxxProxy::Wait qw(await wait_for);
use Exporter qw(import);

our @EXPORT_OK = qw(answer until_status status_of verdicts);

# The bytes of a whole answer. After one with Connection: close the member closes.
sub answer ($status, $body = 'checked', @headers) {
    my $head = "HTTP/1.1 $status Reply\r\nContent-Length: " . length($body) . "\r\n";
    while (my ($name, $value) = splice @headers, 0, 2) { $head .= "$name: $value\r\n" }
    return "$head\r\n$body";
}

# What a check gets instead of an answer: its connection is closed, or kept open and silent.
use constant { HANGS_UP => '', SILENCE => 'silence' };

sub member ($class, $name, %option) {
    $option{tls} = with_context($option{tls}) if $option{tls};
    return $class->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            is_check($request->{head}) ? tell_check($connection) || return
                                       : $connection->reply(200, $name, 'Content-Type' => 'text/plain');
        }
    }, %option);
}

# Every check is a handshake: what they have in common is made once.
sub with_context ($tls) {
    require IO::Socket::SSL;
    state %made;
    my $context = $made{ $tls->{cert} } //= IO::Socket::SSL::SSL_Context->new(SSL_server => 1, SSL_cert_file => $tls->{cert}, SSL_key_file => $tls->{key})
        // die "TLS: $IO::Socket::SSL::SSL_ERROR\n";
    return { %$tls, options => { SSL_reuse_ctx => $context } };
}

# The shortest interval there is.
sub keys ($self, $method = 'GET') { "hcmethod=$method hcinterval=100ms hcuri=/health" }

sub is_check ($head) { $head =~ m{^OPTIONS |^\S+ \S*/health } }

sub tell_check ($connection) {
    my $bytes = said("$connection->{dir}/check") // answer(200);
    return $connection->wait_for_close && 0 if $bytes eq SILENCE;
    return 0 if $bytes eq HANGS_UP;
    # An answer to HEAD has no body; interim ones may stand before it.
    $bytes =~ s{\A((?:HTTP/\S+ 1\d\d .*?\r\n\r\n)*.*?\r\n\r\n).*}{$1}s if $connection->{method} eq 'HEAD';
    return $connection->send($bytes) && $bytes !~ /^Connection: close\r$/m;
}

sub checks_get ($self, $bytes) { $self->leave('check', $bytes); $self }
sub sick ($self) { $self->checks_get(answer(500)) }
sub well ($self) { $self->checks_get(answer(200)) }

# The heads of the checks so far.
sub checks ($self) { grep { is_check($_) } map { $_->{head} } $self->requests }

# Waits for so many checks in all, or for so many from now on: all but the last are over then, as there is never more than one.
sub wait_for_checks ($self, $count) { await("$count checks", sub { $self->checks >= $count }) }
sub wait_for_further_checks ($self, $count) { $self->wait_for_checks($self->checks + $count) }

# --- step by step ---------------------------------------------------------------------------------------------------

sub stepped ($class, %option) {
    return $class->start(sub ($connection) {
        $connection->read_head;
        my $file  = "$connection->{dir}/step$connection->{number}";
        my $bytes = wait_for(sub { said($file) }, 120);
        $connection->send($bytes) if defined $bytes;
    }, %option);
}

sub step ($self, $bytes) {
    $self->answer_next($bytes);
    $self->wait_for_verdict;
}

sub answer_next ($self, $bytes) { $self->leave('step' . ++$self->{steps}, $bytes) }

# A check begins when the one before it has its verdict.
sub wait_for_verdict ($self) {
    await("check $self->{steps} to be over", sub { $self->connection_count > $self->{steps} });
}

# --- what the backend's processes read ------------------------------------------------------------------------------

sub leave ($self, $name, $bytes) {
    my $path = "$self->{dir}/$name";
    open my $file, '>:raw', "$path.new" or die "$path: $!\n";
    print {$file} $bytes;
    close $file or die "$path: $!\n";
    rename "$path.new", $path or die "$path: $!\n";
}

sub said ($path) {
    open my $file, '<:raw', $path or return undef;
    local $/;
    return <$file> // '';
}

# --- what the manager says ------------------------------------------------------------------------------------------

sub status_of ($manager, $balancer, $url) { $manager->member($balancer, $url)->{status} // '' }

# Waits for a status that matches; gives it.
sub until_status ($manager, $balancer, $url, $pattern) {
    my $status = '';
    return wait_for(sub { ($status = status_of($manager, $balancer, $url)) =~ $pattern && $status })
        // die "$url in $balancer is '$status', not $pattern\n";
}

# What is thought of one member of each of these balancers, { name => url }: { name => 'Ok' or 'HcFl' }.
sub verdicts ($manager, $url_of) {
    my $balancers = $manager->balancers;
    my $status_of = sub ($name) { $balancers->{$name}{members}{ $url_of->{$name} }{status} // '' };
    return { map { ($_ => $status_of->($_) =~ /(HcFl|Ok)/ ? $1 : '') } CORE::keys %$url_of };
}

1;
