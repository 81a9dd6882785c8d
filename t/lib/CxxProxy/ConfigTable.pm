package CxxProxy::ConfigTable;

# Reads tables of configuration snippets and asks `apache2 -t` about them.
#
# A table is a plain text file, t/config/snippets/*.conf-table:
#
#     # a comment, at the beginning of a line
#     accept: a load factor of 1 is the smallest
#         ProxyPass /a http://127.0.0.1/ loadfactor=1
#
#     refuse: a load factor of 0 is too small
#     says: ProxyPass && LoadFactor
#     ours: loadfactor && \b0\b
#         ProxyPass /a http://127.0.0.1/ loadfactor=0
#
# The headline holds the verdict and a sentence. Fields follow, then the snippet, indented by four spaces.
#
#     says:           regexes joined by ` && `; each must match what either stack prints (needed for `refuse`)
#     ours:           the same, but only demanded of mod_cxxproxy, on top of `says`
#     only:           the one stack that is asked; without it both are
#     stock-modules:  modules that only the stock stack needs for this snippet (`proxy_hcheck`)
#     proxy-modules:  further proxy modules that this snippet needs, from either stack
#     modules:        further modules of httpd, whose directives stand beside the proxy's
#
# In a snippet, @ROOT@ is the ServerRoot and @a*64@ is the letter `a`, 64 times.

use v5.36;
use CxxProxy::Stack qw(load_lines);

use Exporter       qw(import);
use File::Basename qw(basename);
use File::Path     qw(make_path);
use File::Spec     ();
use File::Temp     ();
use POSIX          ();
use Storable       qw(nstore retrieve);

our @EXPORT_OK = qw(read_tables find_server check_all check_ours complaints);

# Modules that every stack loads: what a real site has around its proxy.
my @SURROUNDINGS = qw(
    mpm_event authz_core authz_host alias env setenvif rewrite headers status slotmem_shm unixd dir
);

my @lbmethods     = map { "lbmethod_$_" } qw(byrequests bytraffic bybusyness heartbeat);
my %PROXY_MODULES = (
    stock    => [qw(proxy proxy_http proxy_balancer), @lbmethods],
    cxxproxy => [qw(cxxproxy proxy proxy_http proxy_balancer), @lbmethods],
);

# --- reading ---------------------------------------------------------------------------------------------------------

sub read_tables (@files) {
    return map { read_table($_) } @files;
}

sub read_table ($file) {
    open my $in, '<:encoding(UTF-8)', $file or die "$file: $!\n";
    my (@entries, %line_of_title);
    while (my $line = <$in>) {
        chomp $line;
        next if $line =~ /^#/ || $line !~ /\S/;
        my $where = basename($file) . ":$.";
        if ($line =~ /^(accept|refuse):\s+(\S.*)/) {
            my ($verdict, $title) = ($1, $2);
            my $first = $line_of_title{$title};
            die "$where: this title was used on line $first\n" if $first;
            $line_of_title{$title} = $.;
            push @entries, {where => $where, verdict => $verdict, title => $title, snippet => ''};
        }
        elsif (!@entries)            { die "$where: a snippet without a headline\n" }
        elsif ($line =~ /^ {4}(.*)/) { $entries[-1]{snippet} .= "$1\n" }
        else                         { read_field($entries[-1], $where, $line) }
    }
    demand_complete($_) for @entries;
    return @entries;
}

sub read_field ($entry, $where, $line) {
    $line =~ /^(says|ours|only|stock-modules|proxy-modules|modules):\s+(\S.*?)\s*$/ or die "$where: not understood: $line\n";
    my ($field, $value) = ($1, $2);
    die "$where: $field: must stand before the snippet\n" if length $entry->{snippet};
    die "$where: a second $field:\n"                      if $entry->{$field};
    $entry->{$field}
        = $field eq 'only'          ? $value
        : $field =~ /modules$/      ? [split ' ', $value]
        :                             [map { qr/$_/i } split / && /, $value];
    return;
}

sub demand_complete ($entry) {
    die "$entry->{where}: only: stock or cxxproxy\n" unless ($entry->{only} // 'stock') =~ /^(?:stock|cxxproxy)$/;
    die "$entry->{where}: no snippet\n" unless length $entry->{snippet};
    die "$entry->{where}: `refuse` needs `says`\n" if $entry->{verdict} eq 'refuse' && !$entry->{says};
    return;
}

# --- the server ------------------------------------------------------------------------------------------------------

# Where the server is, which modules are compiled in, and where the loadable ones lie; nothing if one of them is missing.
# CXXPROXY_HTTPD and CXXPROXY_STOCK_MODULES point to a server in another place.
sub find_server () {
    my @path     = (File::Spec->path, qw(/usr/sbin /usr/local/sbin /usr/local/apache2/bin));
    my ($binary) = grep { -x } $ENV{CXXPROXY_HTTPD} // (), map { ("$_/apache2", "$_/httpd") } @path;
    return unless $binary;
    my %builtin = map { $_ => 1 } qx("$binary" -l) =~ /^\s+(?:mod_)?(\w+)\.c$/mg;
    my ($dir)    = grep { -e "$_/mod_proxy.so" } $ENV{CXXPROXY_STOCK_MODULES} // (),
        '/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/local/apache2/modules';
    return unless $dir;
    return {binary => $binary, builtin => \%builtin, stock_dir => $dir};
}

# The LoadModule lines of one stack for one snippet.
sub stack_modules ($server, $stack, $cxxproxy_so, $entry) {
    # The extra ones come last: mod_proxy_hcheck needs mod_proxy's symbols when it is loaded.
    my @proxy = ($PROXY_MODULES{$stack}->@*, ($entry->{'proxy-modules'} // [])->@*);
    my @more  = $stack eq 'stock' ? (@proxy, ($entry->{'stock-modules'} // [])->@*) : ();
    my @stock = (@SURROUNDINGS, ($entry->{modules} // [])->@*, @more);
    my @lines = map { "LoadModule ${_}_module $server->{stock_dir}/mod_$_.so" } grep { !$server->{builtin}{$_} } @stock;
    return @lines if $stack eq 'stock';
    return @lines, map { "LoadModule ${_}_module $cxxproxy_so" } @proxy;
}

# --- asking ----------------------------------------------------------------------------------------------------------

# Runs every entry against one stack, `at_once` at a time. Returns the answers, {accepted, status, output}, in the order of
# the entries.
sub check_all (%arg) {
    # The directory's name must hold no word that a table looks for in a message.
    my $dir    = File::Temp->newdir('snippets-XXXXXX', TMPDIR => 1);
    my @lanes  = 0 .. $arg{at_once} - 1;
    my @kids   = map { start_lane($dir, $_, \%arg) } @lanes;
    my $failed = 0;
    for my $kid (@kids) {
        waitpid $kid, 0;
        $failed ||= $?;
    }
    die "a lane ended with status $failed\n" if $failed;
    my %answer_to = map { retrieve("$dir/answers-$_")->%* } @lanes;
    return map { $answer_to{$_} } 0 .. $#{$arg{entries}};
}

# A lane is a forked child that takes every n-th entry and leaves its answers in a file.
# What the module under test says to each of them.
sub check_ours (@entries) {
    return check_all(server => find_server(), stack => 'cxxproxy', cxxproxy_so => (load_lines())[0][1], entries => \@entries, at_once => 2);
}

sub start_lane ($dir, $lane, $arg) {
    my $kid = fork // die "fork: $!\n";
    return $kid if $kid;
    my $done = eval { run_lane($dir, $lane, $arg); 1 };
    warn $@ unless $done;
    # Not exit: the parent's END blocks and the temporary directory are not this child's.
    POSIX::_exit($done ? 0 : 1);
}

sub run_lane ($dir, $lane, $arg) {
    my $root = "$dir/root-$lane";
    make_path(map { "$root/$_" } qw(logs htdocs run));
    my %answer_to;
    for (my $n = $lane; $n < $arg->{entries}->@*; $n += $arg->{at_once}) {
        $answer_to{$n} = check($arg, $root, $arg->{entries}[$n]);
    }
    nstore(\%answer_to, "$dir/answers-$lane");
    return;
}

sub check ($arg, $root, $entry) {
    my @modules = stack_modules($arg->{server}, $arg->{stack}, $arg->{cxxproxy_so}, $entry);
    my $file    = "$root/httpd.conf";
    open my $out, '>:encoding(UTF-8)', $file or die "$file: $!\n";
    print {$out} map({ "$_\n" } @modules, preamble($root)), expand($entry->{snippet}, $root);
    close $out or die "$file: $!\n";
    my $output = qx("$arg->{server}{binary}" -t -d "$root" -f "$file" 2>&1 </dev/null);
    return {accepted => $? == 0, status => $?, output => $output};
}

sub preamble ($root) {
    return (
        qq(ServerRoot "$root"),
        'DefaultRuntimeDir run',
        'PidFile run/httpd.pid',
        'ErrorLog logs/error_log',
        'ServerName localhost',
        'DocumentRoot htdocs',
    );
}

sub expand ($snippet, $root) {
    return $snippet =~ s/\@ROOT\@/$root/gr =~ s/\@(.)\*(\d+)\@/$1 x $2/ger;
}

# --- judging ---------------------------------------------------------------------------------------------------------

# What is wrong with an answer; nothing if it is as the table says.
sub complaints ($entry, $stack, $answer) {
    return "apache2 was killed by signal " . ($answer->{status} & 127) if $answer->{status} & 127;
    return 'a module of the stack cannot be loaded' if $answer->{output} =~ /Cannot load |Can't locate API module structure/;
    my $verdict = $answer->{accepted} ? 'accept' : 'refuse';
    return "expected $entry->{verdict}, got $verdict" if $verdict ne $entry->{verdict};
    # The first line of an error gives the file and the number of the line: any directive's value may be found in there.
    my $message = $answer->{output} =~ s/^.*Syntax error on line \d+ of [^\n]*?:\s*//mr;
    my @demands = (($entry->{says} // [])->@*, $stack eq 'cxxproxy' ? ($entry->{ours} // [])->@* : ());
    return map { "the message does not match $_" } grep { $message !~ $_ } @demands;
}

1;
