# A gRPC server, Debian's python3-grpcio, that says of its services whether they are serving (http2/health_server.py):
#
#   plan skip_all => CxxProxy::GrpcHealth->missing if CxxProxy::GrpcHealth->missing;
#   my $server = CxxProxy::GrpcHealth->start(all => 'SERVING', shop => 'NOT_SERVING');    # tls => { cert, key }
#   $server->says(shop => 'SERVING');
package CxxProxy::GrpcHealth;

use v5.36;
use parent 'CxxProxy::PythonServer';
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use File::Temp ();

sub library   ($class) { 'grpc' }
sub described ($class) { 'gRPC (python3-grpcio)' }

sub start ($class, %says) {
    my $tls = delete $says{tls};
    my $dir = File::Temp->newdir('cxxproxy-grpc-XXXXXX', TMPDIR => 1);
    says({ dir => $dir }, %says);
    return $class->start_program({ dir => $dir, errors => "$dir/.stderr", signal => 'KILL' },
        CxxProxy::Http2Backend->program('health_server'), "$dir", $tls ? @{$tls}{qw(cert key)} : ());
}

sub says ($self, %says) {
    for my $service (keys %says) {
        CxxProxy::Httpd::spew("$self->{dir}/.$service", $says{$service});
        rename "$self->{dir}/.$service", "$self->{dir}/$service" or die "$service: $!\n";
    }
}

# The services it was asked for, in order.
sub asked ($self) { split /\n/, CxxProxy::Httpd::slurp("$self->{dir}/asked") }

1;
