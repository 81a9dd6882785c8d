# A gRPC server, Debian's python3-grpcio, that says of its services whether they are serving (http2/health_server.py):
#
#   plan skip_all => CxxProxy::GrpcHealth->missing if CxxProxy::GrpcHealth->missing;
#   my $server = CxxProxy::GrpcHealth->start(all => 'SERVING', shop => 'NOT_SERVING');    # tls => { cert, key }
#   $server->says(shop => 'SERVING');
package CxxProxy::GrpcHealth;

use v5.36;
use CxxProxy::Http2Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(die_with_parent end_process);
use File::Temp ();

use overload '""' => sub ($self, @) { "127.0.0.1:$self->{port}" }, fallback => 1;

sub python ($class) {
    state $python = (grep { -x && system("$_ -c 'import grpc' 2>/dev/null") == 0 } '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH})[0] // '';
    return $python;
}

sub missing ($class) { $class->python ? undef : 'python3 with gRPC (python3-grpcio) is needed' }

sub start ($class, %says) {
    my $tls  = delete $says{tls};
    my $self = bless { dir => File::Temp->newdir('cxxproxy-grpc-XXXXXX', TMPDIR => 1), owner => $$ }, $class;
    $self->says(%says);
    my @command = ($class->python, CxxProxy::Http2Backend->program('health_server'), "$self->{dir}", $tls ? @{$tls}{qw(cert key)} : ());
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        die_with_parent(15);
        $ENV{PYTHONDONTWRITEBYTECODE} = 1;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>&', $to;
        open STDERR, '>', "$self->{dir}/.stderr";
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    close $to;
    $self->{pid} = $pid;
    chomp($self->{port} = <$from> // die "$command[1] did not start\n");
    return $self;
}

sub port ($self) { $self->{port} }

sub says ($self, %says) {
    for my $service (keys %says) {
        CxxProxy::Httpd::spew("$self->{dir}/.$service", $says{$service});
        rename "$self->{dir}/.$service", "$self->{dir}/$service" or die "$service: $!\n";
    }
}

# The services it was asked for, in order.
sub asked ($self) { split /\n/, CxxProxy::Httpd::slurp("$self->{dir}/asked") }

sub stop ($self) { my $pid = delete $self->{pid} or return; end_process($pid, 'KILL') }

sub DESTROY ($self) {
    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;
}

1;
