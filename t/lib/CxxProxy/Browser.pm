# Chromium looks at our pages: runs a script of t/browser/, whose checks become those of the test.
#
#   CxxProxy::Browser->or_skip;
#   CxxProxy::Browser->run('sorts.mjs', url => $httpd->url('/manager'));
#
# The script gets the arguments as JSON and prints `ok - …`, `not ok - …` and `# …` (t/browser/browser.mjs does); it has to
# end with success. What it started ends with it.
package CxxProxy::Browser;

use v5.36;
use CxxProxy::Stack qw(engine_is_off is_ours is_sanitized repo_root);
use CxxProxy::Wait qw(die_with_parent end_process);
use File::Temp ();
use JSON::PP ();
use POSIX ();
use Test::Builder;

my $limit = 120;

# A file about our page in a browser is skipped where there is another page, or the same once more, or no browser. With
# CXXPROXY_BROWSER=required (tools/check) the last is no reason.
sub or_skip ($class) {
    my $builder = Test::Builder->new;
    $builder->skip_all('stock modules: their page is another')            unless is_ours();
    $builder->skip_all('the engine is off: the page is the same')         if engine_is_off();
    $builder->skip_all('the sanitizers: other files ask for these pages') if is_sanitized();
    my $missing = missing() or return;
    die "$missing\n" if ($ENV{CXXPROXY_BROWSER} // '') eq 'required';
    $builder->skip_all($missing);
}

sub missing () {
    return 'node is needed' unless program('node');
    return 'chromium is needed' unless chromium();
    my $driver = repo_root() . '/t/browser/node_modules/playwright-core';
    return -d $driver ? undef : 'playwright-core is needed: tools/install-deps check';
}

sub chromium () { $ENV{CXXPROXY_CHROMIUM} || program('chromium') || program('chromium-browser') }

sub program ($name) { (grep { -x } map { "$_/$name" } split /:/, $ENV{PATH})[0] }

sub run ($class, $script, %argument) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $builder = Test::Builder->new;
    my $home    = File::Temp->newdir('cxxproxy-browser-XXXXXX', TMPDIR => 1);
    $argument{chromium} = chromium();
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        die_with_parent(15);
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>&', $to;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
        # Whatever a browser keeps, and wherever the user's own keeps it.
        $ENV{$_} = "$home" for qw(HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR TMPDIR);
        my @arguments = (repo_root() . "/t/browser/$script", JSON::PP::encode_json(\%argument));
        exec { program('node') } 'node', @arguments or POSIX::_exit(127);
    }
    close $to;
    my $fine = eval {
        local $SIG{ALRM} = sub { die "$script has not ended after $limit seconds\n" };
        alarm $limit;
        while (my $line = readline $from) {
            chomp $line;
            if    ($line =~ /^(not )?ok - (.*)/) { $builder->ok(!$1, $2) }
            elsif ($line =~ /^# ?(.*)/)          { $builder->diag($1) }
        }
        waitpid $pid, 0;
        1;
    };
    my $error = $@;
    alarm 0;
    $builder->diag($error) unless $fine;
    $builder->is_num($fine ? $? : end_process($pid), 0, "$script ends well");
}

1;
