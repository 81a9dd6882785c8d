# One HTTP/1 response as it came over the wire.
package CxxProxy::Response;

use v5.36;

sub new ($class, $head) {
    my ($status_line, @lines) = split /\r?\n/, $head;
    my ($version, $status, $reason) = $status_line =~ m{^HTTP/(\d\.\d) (\d+)(?: (.*))?$};
    my $self = bless {
        head => $head, status_line => $status_line, version => $version, status => $status, reason => $reason,
        headers => [map { [parse_field($_)] } grep { length } @lines],
        body    => '', body_length => 0, trailers => [], interim => [], complete => 0,
    }, $class;
    return $self;
}

sub parse_field ($line) { my ($name, $value) = split /:\s*/, $line, 2; return ($name, $value // '') }

sub status      ($self) { $self->{status} }
sub reason      ($self) { $self->{reason} }
sub version     ($self) { $self->{version} }
sub status_line ($self) { $self->{status_line} }
sub head        ($self) { $self->{head} }          # all bytes up to and with the empty line
sub body        ($self) { $self->{body} }          # decoded
sub body_length ($self) { $self->{body_length} }   # also when the body went to a sink
sub complete    ($self) { $self->{complete} }      # ended where its framing said
sub framing     ($self) { $self->{framing} }       # none, length, chunked or close
sub interim     ($self) { @{ $self->{interim} } }  # 1xx responses before it
sub trailers    ($self) { @{ $self->{trailers} } } # [name, value] ...
sub fields      ($self) { @{ $self->{headers} } }  # [name, value] ... in order
sub names       ($self) { map { $_->[0] } $self->fields }

sub header ($self, $name) { ($self->all($name))[0] }
sub all    ($self, $name) { map { $_->[1] } grep { lc $_->[0] eq lc $name } $self->fields }

1;
