# Other people's servers as HTTP/2 backends, each with the same files and a place to send things to:
#
#   my $files = CxxProxy::RealBackend->files(small => 1, large => 1 << 20);    # a directory with files of these sizes
#   for my $backend (map { CxxProxy::RealBackend->start($_, $files) } CxxProxy::RealBackend->available) {
#       "ProxyPass / h2c://$backend/"         # /files/small; to POST to: $backend->upload_path
#       $backend->sum_of($answer)             # length and MD5 of what has arrived there
#
# Options: tls => { cert, key, lines => [more of nginx's or Apache's configuration] }; arguments => [for nghttpd];
# plain => 1 (HTTP/1.1 only); lines => [more of nginx's server].
package CxxProxy::RealBackend;

use v5.36;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(die_with_parent end_process wait_for);
use Digest::MD5;
use File::Temp ();
use IO::Socket::IP;
use POSIX qw(WNOHANG);

use overload '""' => sub ($self, @) { "127.0.0.1:$self->{port}" }, fallback => 1;

my %program = (nginx => 'nginx', nghttpd => 'nghttpd', haproxy => 'haproxy');

sub program ($class, $name) { (grep { -x } map { "$_/$name" } (split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin'))[0] }

# haproxy serves no files: it stands in front of nginx.
sub missing ($class, @kinds) {
    my @missing = grep { $program{$_} && !$class->program($program{$_}) } @kinds, (grep { $_ eq 'haproxy' } @kinds) ? 'nginx' : ();
    return @missing ? "@missing: not installed" : undef;
}
sub available ($class) { grep { !$class->missing($_) } qw(apache nginx nghttpd haproxy) }

# Bytes that do not repeat soon.
sub block ($class, $size = 1 << 20) {
    state $bytes = join '', map { pack 'N', ($_ * 2654435761) & 0xffffffff } 1 .. 1 << 18;
    return substr $bytes, 0, $size;
}

sub files ($class, %size_of) {
    my $dir = File::Temp->newdir('cxxproxy-files-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";
    for my $name (keys %size_of) {
        open my $file, '>:raw', "$dir/$name" or die "$dir/$name: $!\n";
        for (my $left = $size_of{$name}; $left > 0; $left -= 1 << 20) { print $file $class->block($left < 1 << 20 ? $left : 1 << 20) }
        close $file;
    }
    return $dir;
}

# "LENGTH MD5" of a file, or of so many bytes of block after block.
sub sum_of_file ($class, $path) {
    open my $file, '<:raw', $path or return "no $path";
    return (-s $path) . ' ' . Digest::MD5->new->addfile($file)->hexdigest;
}

sub start ($class, $kind, $files, %option) {
    die $class->missing($kind) . "\n" if $class->missing($kind);
    my $self = bless { kind => $kind, files => $files, dir => File::Temp->newdir('cxxproxy-real-XXXXXX', TMPDIR => 1), owner => $$, %option }, $class;
    my $dir = "$self->{dir}";
    chmod 0755, $dir;
    mkdir "$dir/$_" and chmod 01777, "$dir/$_" for qw(up temporary);
    symlink "$files", "$dir/files";
    return $self->start_apache if $kind eq 'apache';
    $self->{behind} = $class->start('nginx', $files, plain => 1) if $kind eq 'haproxy';
    for (1 .. 5) {
        $self->{port} = free_port();
        return $self if $self->launch;
    }
    die "$kind did not start:\n" . CxxProxy::Httpd::slurp("$dir/output");
}

sub kind ($self) { $self->{kind} }
sub port ($self) { $self->{port} }
sub pid  ($self) { $self->{httpd} ? $self->{httpd}->pid : $self->{pid} }

# Apache: a graceful restart. nginx: the processes that do the work.
sub graceful ($self) { $self->{httpd}->graceful }
sub workers  ($self) { CxxProxy::Httpd::children_of($self->pid) }

sub log  ($self) { $self->{httpd} ? $self->{httpd}->log_file('seen') : CxxProxy::Httpd::slurp("$self->{dir}/seen") }

# How something is sent there, and what has arrived then.
sub upload_method ($self) { $self->{kind} =~ /nginx|haproxy/ ? 'PUT' : 'POST' }
sub upload_path   ($self) { +{ apache => '/count', nghttpd => '/files/any' }->{ $self->{kind} } // '/up/it' }

sub sum_of ($self, $answer) {
    return 'status ' . $answer->status unless $answer->status =~ /^20[014]$/;
    return $answer->body =~ s/\s+\z//r if $self->{kind} eq 'apache';
    return length($answer->body) . ' ' . Digest::MD5::md5_hex($answer->body) if $self->{kind} eq 'nghttpd';
    my $file = ($self->{behind} // $self)->{dir} . '/up/it';
    my $sum  = ref($self)->sum_of_file($file);
    unlink $file;
    return $sum;
}

sub free_port () {
    my $socket = IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => 0, Proto => 'tcp', Listen => 1) or die "no port: $@\n";
    return $socket->sockport;
}

sub start_apache ($self) {
    my $tls   = $self->{tls};
    my @lines = $tls ? ('SSLEngine On', "SSLCertificateFile $tls->{cert}", "SSLCertificateKeyFile $tls->{key}", @{ $tls->{lines} // [] }) : ();
    my $protocols = $self->{plain} ? 'http/1.1' : $tls ? 'h2 http/1.1' : 'h2c http/1.1';
    $self->{httpd} = CxxProxy::Httpd->start(without_proxy => 1, modules => ['http2', 'cgid', 'alias', $tls ? 'ssl' : ()],
        files => { 'bin/count' => <<'CGI' }, config => join "\n", <<"CONF", @lines);
#!/bin/sh
echo Content-Type: text/plain
echo
file=$(mktemp)
cat > "$file"
echo "$(wc -c < "$file") $(md5sum < "$file" | cut -d' ' -f1)"
rm "$file"
CGI
ScriptSock __ROOT__/run/cgisock
Protocols $protocols
Alias /files $self->{files}
ScriptAlias /count __ROOT__/bin/count
CustomLog __ROOT__/logs/seen "%H %m %U %>s %k"
CONF
    $self->{port} = $self->{httpd}->port;
    return $self;
}

sub command ($self) {
    my ($dir, $port) = ("$self->{dir}", $self->{port});
    my $program = $self->program($program{ $self->{kind} });
    if ($self->{kind} eq 'nghttpd') {
        my @tls = $self->{tls} ? @{ $self->{tls} }{qw(key cert)} : ();
        return ($program, @tls ? () : '--no-tls', '--echo-upload', '--max-concurrent-streams=100', '-d', $dir, '-a', '127.0.0.1', @{ $self->{arguments} // [] }, $port, @tls);
    }
    CxxProxy::Httpd::spew("$dir/conf", $self->{kind} eq 'nginx' ? $self->nginx_config : $self->haproxy_config);
    return $self->{kind} eq 'nginx' ? ($program, '-p', $dir, '-c', "$dir/conf", '-e', "$dir/output") : ($program, '-db', '-f', "$dir/conf");
}

sub nginx_config ($self) {
    my ($dir, $tls) = ("$self->{dir}", $self->{tls});
    my $listen = join ' ', "listen 127.0.0.1:$self->{port}", $tls ? 'ssl' : (), $self->{plain} ? () : 'http2';
    my @tls    = $tls ? ("ssl_certificate $tls->{cert};", "ssl_certificate_key $tls->{key};", @{ $tls->{lines} // [] }) : ();
    my $user   = $> == 0 ? 'user www-data;' : '';
    my @places = map { "${_}_temp_path $dir/temporary/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    return <<"CONF";
daemon off;
$user
worker_processes 1;
pid $dir/pid;
error_log $dir/output warn;
events { worker_connections 500; }
http {
    @places
    log_format seen '\$server_protocol \$request_method \$uri \$status \$connection_requests';
    access_log $dir/seen seen;
    client_max_body_size 0;
    server {
        $listen;
        @tls
        root $dir;
        @{ $self->{lines} // [] }
        location /up { dav_methods PUT; }
        location /echo { return 200 "\$http_host \$server_protocol \$scheme"; }
    }
}
CONF
}

sub haproxy_config ($self) { <<"CONF" }
defaults
    mode http
    timeout connect 30s
    timeout client 60s
    timeout server 60s
frontend f
    bind 127.0.0.1:$self->{port} proto h2
    default_backend b
backend b
    server s 127.0.0.1:@{[ $self->{behind}->port ]}
CONF

sub launch ($self) {
    my @command = $self->command;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        die_with_parent(15);
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', "$self->{dir}/output";
        open STDERR, '>&', \*STDOUT;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE CHLD);
        umask 022;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    my $up = wait_for(sub {
        return 'gone' if waitpid($pid, WNOHANG) == $pid;
        return IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $self->{port}, Proto => 'tcp') ? 'up' : undef;
    }) // 'late';
    $self->{pid} = $pid if $up ne 'gone';
    return 1 if $up eq 'up';
    $self->stop;
    return 0;
}

sub stop ($self) {
    $self->{httpd}->stop if $self->{httpd};
    my $pid = delete $self->{pid} or return;
    end_process($pid);
}

sub DESTROY ($self) {
    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;
}

1;
