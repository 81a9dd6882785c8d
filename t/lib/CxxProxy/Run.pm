# The suite's runner: Apache::TestRun without a server of its own, since every test file brings one.
package CxxProxy::Run;

use v5.36;
use CxxProxy::Forked ();
use parent 'Apache::TestRun';
use CxxProxy::Stack ();
use Getopt::Long ();
use TAP::Harness ();
use TAP::Parser::IteratorFactory ();

sub getopts ($self, $argv) {
    my $parser = Getopt::Long::Parser->new(config => [qw(pass_through permute)]);
    my %option = (stack => $ENV{CXXPROXY_STACK}, jobs => 1);
    $parser->getoptionsfromarray($argv, \%option, 'stack=s', 'jobs|j=i', 'sanitize', 'engine=s', 'except=s', 'help|h');
    usage() if $option{help};
    $ENV{CXXPROXY_STACK}    = $option{stack} // 'stock';
    $ENV{CXXPROXY_SANITIZE} = 1 if $option{sanitize};
    $ENV{CXXPROXY_ENGINE} = $option{engine} if $option{engine};
    $self->{jobs}   = $option{jobs};
    $self->{except} = $option{except};
    CxxProxy::Stack::stack_name();
    $self->SUPER::getopts([@$argv, '-no-httpd']);
    $self->{reconfigure} = 0;
}

sub usage () {
    print <<'USAGE';
t/TEST [-stack stock|cxxproxy] [-sanitize] [-engine off] [-except PATTERN] [-jobs N] [-verbose] [file ...]

  -stack      the modules under test: the stock ones (default) or build/mod_cxxproxy.so
  -sanitize   the sanitizer build, build/asan/mod_cxxproxy.so
  -engine off with CxxProxyEngine Off: a thread drives each request
  -except     without the files whose name begins with that, a regular expression
  -jobs       run so many files at once
  -verbose    every test point
USAGE
    exit 0;
}

# No server, hence nothing to find out about it, to set up or to start.
sub new_test_config ($self) { CxxProxy::NoServer->new($self->{conf_opts}) }
sub set_ulimit  ($self) { }
sub warn_core   ($self) { }
sub configure   ($self) { }
sub start       ($self) { }
sub stop        ($self) { }
sub default_run_opts ($self) { $self->{opts}{'run-tests'} = 1 }

# Those that take long first, so that no one of them is left alone at the end.
sub all_files () {
    my @files = sort glob 't/*.t';
    my $long  = qr/90browser|00config-snippets|verification-table|persist-damaged|many-restarts|long-bodies|heartbeat-from/;
    return (grep({ /$long/ } @files), grep { !/$long/ } @files);
}

sub run_tests ($self) {
    my @files   = @{ $self->{tests} } ? @{ $self->{tests} } : all_files();
    @files = grep { !m{(?:^|/)(?:$self->{except})[^/]*\z} } @files if $self->{except};
    TAP::Parser::IteratorFactory->register_handler('CxxProxy::Forked');
    my $harness = TAP::Harness->new({
        lib => ['t/lib'], jobs => $self->{jobs}, timer => 1, verbosity => $self->{opts}{verbose} ? 1 : 0,
    });
    print "stack: $ENV{CXXPROXY_STACK}\n";
    my $result = $harness->runtests(@files);
    exit($result->all_passed ? 0 : 1);
}

package CxxProxy::NoServer;
use parent -norequire, 'Apache::TestConfig';

sub httpd_config ($self) { $self }

1;
