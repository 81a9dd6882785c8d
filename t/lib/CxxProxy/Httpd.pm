# An httpd of the test's own, in a ServerRoot of its own, with the proxy modules of the stack under test.
#
#   my $httpd = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
#   ProxyPass / http://$backend/
#   CONF
#   is $httpd->get('/x')->status, 200;
#
# In the configuration __PORT__ is the port and __ROOT__ the ServerRoot; __PORT_name__ is a further free port for
# each name in `ports`, to be listened on by the configuration.
package CxxProxy::Httpd;

use v5.36;
use CxxProxy::RawClient;
use CxxProxy::Stack qw(engine_is_off load_lines is_ours is_sanitized modules_dir);
use CxxProxy::Wait qw(await wait_for end_process die_with_parent);
use File::Temp ();
use IO::Socket::IP;
use POSIX qw(WNOHANG);
use Test::Builder;

my $program   = $ENV{CXXPROXY_HTTPD} || '/usr/sbin/apache2';
my $as_root   = $> == 0;
my @unprivileged = qw(www-data www-data);
my @always    = qw(authz_core authz_host);
my %running;

# A test that is told to end takes its servers and files with it.
$SIG{$_} //= sub { exit 1 } for qw(INT TERM HUP);

# Options:
#   config, modules => [extra modules], stack => [extra proxy modules], mpm => event|worker|prefork,
#   children => processes, threads => threads of each, ports => [names], files => { 'htdocs/x' => text },
#   log_level => 'info', expect_crash => 1
sub start ($class, %option) {
    my $self = $class->prepare(%option);
    for my $attempt (1 .. 5) {
        $self->choose_ports;
        $self->write_config;
        $self->launch and return $self;
        last unless ($self->stderr . $self->error_log) =~ /could not bind to address/;
    }
    die "httpd did not start:\n" . $self->stderr . $self->error_log;
}

# Does httpd accept this configuration? (1 or 0, what it said)
sub check ($class, %option) {
    my $self = $class->prepare(%option);
    $self->choose_ports;
    $self->write_config;
    my $pid = $self->spawn('-t');
    waitpid $pid, 0;
    return ($? == 0 ? 1 : 0, $self->stderr . $self->error_log);
}

# What `httpd -t` says of the configuration with further arguments, on both its outputs. A server that runs is not disturbed.
sub ask ($self, @arguments) {
    local $self->{output} = 'answer-' . ++$self->{asked};
    my $pid = $self->spawn('-t', @arguments);
    waitpid $pid, 0;
    die "httpd -t @arguments ended with $?\n" . $self->log_file($self->{output}) if $?;
    return $self->log_file($self->{output});
}

# The same of a configuration by itself.
sub ask_about ($class, $arguments, %option) {
    my $self = $class->prepare(%option);
    $self->choose_ports;
    $self->write_config;
    return $self->ask(@$arguments);
}

# The lines of a virtual host: on the further port of that name, which it listens to, or (undef) on the server's own.
sub virtual_host ($class, $port, @lines) {
    my $place  = defined $port ? "__PORT_${port}__" : '__PORT__';
    my @listen = defined $port ? "Listen 127.0.0.1:$place" : ();
    return join "\n", @listen, "<VirtualHost *:$place>", @lines, '</VirtualHost>', '';
}

sub prepare ($class, %option) {
    my $self = bless {
        mpm => 'event', modules => [], stack => [], ports => [], log_level => 'info', config => '', files => {},
        threads => 16, owner => $$, %option,
        dir => File::Temp->newdir('cxxproxy-httpd-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{CXXPROXY_KEEP}),
    }, $class;
    $self->{children} //= $self->{mpm} eq 'prefork' ? 3 : 1;
    $self->make_root;
    return $self;
}

sub root    ($self) { "$self->{dir}" }
sub pid     ($self) { $self->{pid} }
sub port    ($self, $name = undef) { defined $name ? $self->{port_of}{$name} : $self->{port} }
sub url     ($self, $path = '/') { "http://127.0.0.1:$self->{port}$path" }

sub log_file    ($self, $name) { slurp($self->root . "/logs/$name") }
sub error_log   ($self) { $self->log_file('error_log') }
sub access_log  ($self) { $self->log_file('access_log') }
sub stderr      ($self) { $self->log_file('stderr') }

# Waits until the log (error_log by default) matches; gives the log.
sub wait_for_log ($self, $pattern, $name = 'error_log') {
    my $log;
    await("/$pattern/ in $name", sub { ($log = $self->log_file($name)) =~ $pattern });
    return $log;
}

# One line per finished request: the lines of a log, once there are so many.
sub log_lines ($self, $name, $count) {
    my @lines;
    await("$count lines in $name", sub { (@lines = split /\n/, $self->log_file($name)) >= $count });
    return @lines;
}

# --- requests -----------------------------------------------------------------------------------------------

sub client ($self, %option) { CxxProxy::RawClient->connect($self->{port}, %option) }

# A request on a connection of its own: parts as in CxxProxy::RawClient::request_bytes.
sub request ($self, %part) { $self->client->request(%part) }
sub get ($self, $path, @headers) { $self->request(path => $path, headers => \@headers) }

# The body of a good answer, the status of any other: for tables of expectations.
sub answer ($self, $path, @headers) {
    my $response = $self->get($path, @headers);
    return $response->status eq '200' ? $response->body : $response->status;
}

# Sends these bytes, gives all bytes until the server closes.
sub raw ($self, $bytes) {
    my $client = $self->client;
    $client->send($bytes);
    return $client->read_all;
}

# --- processes ----------------------------------------------------------------------------------------------

sub children ($self) { children_of($self->{pid}) }

# kB of memory resident in the children, all together.
sub resident ($self) {
    my $sum = 0;
    for my $pid ($self->children) { $sum += $1 if slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m }
    return $sum;
}

# Reloads, with another configuration if one is given, and waits until the new generation serves.
sub graceful ($self, $config = undef) { $self->reload('USR1', $config) }
sub restart  ($self, $config = undef) { $self->reload('HUP',  $config) }

sub configure ($self, $config) {
    return unless defined $config;
    $self->{config} = $config;
    $self->write_config;
}

sub reload ($self, $signal, $config) {
    $self->configure($config);
    my %old    = map { $_ => 1 } $self->children;
    my $before = $self->generations;
    kill $signal, $self->{pid};
    await('the new generation', sub {
        die "httpd ended:\n" . $self->error_log if waitpid($self->{pid}, WNOHANG) == $self->{pid};
        $self->generations > $before && grep { !$old{$_} } $self->children;
    });
}

# After stop: the same server once more, from the same ServerRoot and, unless somebody took them, on the same ports.
sub start_again ($self, $config = undef) {
    $self->configure($config);
    rename $self->root . "/logs/$_", $self->root . "/logs/$_.before" for qw(error_log stderr);
    return if $self->launch;
    $self->choose_ports;
    $self->write_config;
    $self->launch or die "httpd did not start again:\n" . $self->stderr . $self->error_log;
}

sub generations ($self) { my $count = () = $self->error_log =~ /resuming normal operations/g; $count }

# Ends the server and looks at what it left behind; the test fails for a crash or a sanitizer's report.
sub stop ($self) {
    my $pid = delete $self->{pid} or return;
    delete $running{$pid};
    my @children = children_of($pid);
    $self->{problems_before_stop} = [$self->problems];
    end_process($pid);
    kill 'KILL', grep { wait_for(sub { !kill 0, $_ }, 2) ? 0 : 1 } @children;
    $self->report_problems;
}

# What has gone wrong. While httpd is told to stop, a child of the event or worker MPM can crash by itself, with the stock
# modules too: its main thread frees the pools that worker threads still wait in. So a crash counts until then only.
sub problems ($self) {
    return @{ $self->{problems_before_stop} }, grep { !/exit signal Segmentation fault/ } $self->all_problems
        if $self->{problems_before_stop};
    return $self->all_problems;
}

sub all_problems ($self) {
    my $crash    = qr/exit signal|nasty error detected in the parent|AddressSanitizer|ThreadSanitizer|runtime error:/;
    my $hang     = qr/child process \d+ still did not exit, sending a SIGKILL/;    # stock modules may wait for a backend
    my @problems = grep { $_ =~ $crash || is_ours() && $_ =~ $hang } split /\n/, $self->error_log . $self->stderr;
    push @problems, map { slurp($_) } glob $self->root . '/asan/report*';
    return @problems;
}

sub report_problems ($self) {
    my $builder  = Test::Builder->new;
    my @problems = $self->{expect_crash} ? () : $self->problems;
    $self->{failed} = 1 if @problems;
    $CxxProxy::Httpd::Failed = 1 if @problems;
    $builder->diag("httpd: $_") for @problems;
    return if $builder->is_passing && !@problems;
    my @log = split /\n/, $self->error_log;
    $builder->diag(join "\n  ", 'the end of the error log:', @log > 20 ? @log[-20 .. -1] : @log);
    $builder->diag("kept in $self->{dir}") if $ENV{CXXPROXY_KEEP};
}

sub DESTROY ($self) {
    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;
}

our $Failed = 0;
my $main = $$;
END {
    if ($main == $$) {
        my $status = $?;
        $_->stop for grep { defined } values %running;
        $? = $status || ($Failed ? 1 : 0);
    }
}

# --- setting up -----------------------------------------------------------------------------------------------

sub make_root ($self) {
    my $root = $self->root;
    chmod 0755, $root;
    mkdir "$root/$_" for qw(conf logs run asan htdocs);
    chmod 0755, map { "$root/$_" } qw(conf logs htdocs);
    chmod 01777, map { "$root/$_" } qw(run asan);
    spew("$root/mime.types", "text/plain txt\ntext/html html\n");
    $self->write_file($_, $self->{files}{$_}) for sort keys %{ $self->{files} };
}

sub write_file ($self, $name, $text) {
    my $path = $self->root;
    my @dirs = split m{/}, $name;
    my $file = pop @dirs;
    for my $dir (@dirs) { $path .= "/$dir"; mkdir $path; chmod 0755, $path unless $path =~ m{/run$} }
    spew("$path/$file", $text);
    chmod 0755, "$path/$file";
    return "$path/$file";
}

# Port 0 finds a free port; somebody may take it before httpd does, hence the attempts above.
sub choose_ports ($self) {
    my @held = map { IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => 0, Proto => 'tcp', Listen => 1) // die "no port: $@" }
        0 .. @{ $self->{ports} };
    ($self->{port}, my @more) = map { $_->sockport } @held;
    @{ $self->{port_of} }{ @{ $self->{ports} } } = @more;
}

sub write_config ($self) {
    my $text = join "\n", $self->base_config, $self->{config}, '';
    my %value = (PORT => $self->{port}, ROOT => $self->root, map { ("PORT_$_" => $self->{port_of}{$_}) } @{ $self->{ports} });
    $text =~ s/__($_)__/$value{$1}/g for map { quotemeta } keys %value;
    spew($self->root . '/conf/httpd.conf', $text);
}

sub base_config ($self) {
    my $root = $self->root;
    my %wanted = map { ("${_}_module" => modules_dir() . "/mod_$_.so") } @always, @{ $self->{modules} };
    my @stack = load_lines(@{ $self->{stack} });
    @stack = () if $self->{without_proxy};
    my @load = sort { file_name($a->[0]) cmp file_name($b->[0]) } @stack, map { [$_, $wanted{$_}] } keys %wanted;
    return (
        qq(ServerRoot "$root"), qq(DefaultRuntimeDir "$root/run"), qq(PidFile "$root/run/httpd.pid"),
        'ServerName proxy.test', "Listen 127.0.0.1:$self->{port}", qq(DocumentRoot "$root/htdocs"),
        ($as_root ? ("User $unprivileged[0]", "Group $unprivileged[1]") : ()),
        qq(LoadModule mpm_$self->{mpm}_module ) . modules_dir() . "/mod_mpm_$self->{mpm}.so",
        $self->mpm_config, (map { qq(LoadModule $_->[0] "$_->[1]") } @load),
        (engine_is_off() ? ('<IfModule mod_proxy.c>', 'CxxProxyEngine Off', '</IfModule>') : ()),
        qq(ErrorLog "$root/logs/error_log"), "LogLevel $self->{log_level}",
        'LogFormat "%h \"%r\" %>s %b" short', qq(CustomLog "$root/logs/access_log" short),
    );
}

# Loaded in the order of Debian's mods-enabled: by name.
sub file_name ($module) { $module =~ s/_module$//r }

sub mpm_config ($self) {
    my ($children, $threads) = @$self{qw(children threads)};
    my $slots = $children + 3;    # room for a generation that is finishing
    return ("StartServers $children", "ServerLimit $slots", 'MinSpareServers 1', "MaxSpareServers $slots", "MaxRequestWorkers $slots")
        if $self->{mpm} eq 'prefork';
    my $all = $children * $threads;
    return ("StartServers $children", "ServerLimit $slots", "ThreadLimit $threads", "ThreadsPerChild $threads",
        "MaxRequestWorkers $all", "MinSpareThreads 1", "MaxSpareThreads " . ($all + $threads));
}

# True once the server holds its port: it writes its pid file after that.
sub launch ($self) {
    delete $self->{problems_before_stop};
    unlink $self->root . '/run/httpd.pid';
    my $pid = $self->spawn('-DFOREGROUND');
    my $up = wait_for(sub {
        return 'gone' if waitpid($pid, WNOHANG) == $pid;
        return 'up' if -s $self->root . '/run/httpd.pid' && $self->generations;
    }) // 'late';
    if ($up ne 'up') {
        end_process($pid, 'KILL') if $up eq 'late';
        return 0;
    }
    $self->{pid} = $pid;
    require Scalar::Util;
    Scalar::Util::weaken($running{$pid} = $self);
    await('the children', sub { $self->children >= $self->{children} });
    return 1;
}

sub spawn ($self, @arguments) {
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    die_with_parent(15);
    POSIX::setpgid(0, 0);    # the prefork MPM signals its whole process group when it ends
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>>', $self->root . '/logs/' . ($self->{output} // 'stderr');
    open STDERR, '>&', \*STDOUT;
    umask 022;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE CHLD);
    $ENV{TZ} = 'UTC';
    $self->sanitizer_environment if is_sanitized();
    exec { $program } $program, '-d', $self->root, '-f', $self->root . '/conf/httpd.conf', @arguments
        or POSIX::_exit(127);
}

sub sanitizer_environment ($self) {
    my @libraries = map { my $path = qx(gcc -print-file-name=$_); chomp $path; $path } qw(libasan.so libubsan.so libstdc++.so);
    my $report = $self->root . '/asan/report';
    $ENV{LD_PRELOAD}   = join ' ', grep { m{^/} } @libraries;
    $ENV{ASAN_OPTIONS} = join ':', 'detect_leaks=0', "log_path=$report", grep { length } $ENV{ASAN_OPTIONS} // '';
    $ENV{UBSAN_OPTIONS} = join ':', 'print_stacktrace=1', "log_path=$report", grep { length } $ENV{UBSAN_OPTIONS} // '';
}

# --- small things -----------------------------------------------------------------------------------------------

sub children_of ($pid) {
    my @children;
    for my $stat (glob '/proc/[0-9]*/stat') {
        push @children, $1 if slurp($stat) =~ /^(\d+) \(.*\) \S (\d+)/s && $2 == $pid;
    }
    return @children;
}

sub slurp ($path) {
    open my $file, '<:raw', $path or return '';
    local $/;
    return <$file> // '';
}

sub spew ($path, $text) {
    open my $file, '>:raw', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}

1;
