# Which modules are under test: the stock ones (the oracle) or ours.
package CxxProxy::Stack;

use v5.36;
use Cwd qw(realpath);
use Exporter qw(import);
use File::Basename qw(dirname);
use Test::Builder;

our @EXPORT_OK = qw(comes_later engine_is_off is_stock is_ours is_sanitized per_stack repo_root stack_name load_lines modules_dir);

my $repo_root   = realpath(dirname(__FILE__) . '/../../..');
my $modules_dir = $ENV{CXXPROXY_MODULES_DIR} || '/usr/lib/apache2/modules';

# The modules of the first step; a test that needs more names them with `stack => [...]`.
my @replaced = qw(proxy proxy_http proxy_balancer lbmethod_byrequests);

sub stack_name () {
    my $name = $ENV{CXXPROXY_STACK} || 'stock';
    die "unknown stack '$name': say stock or cxxproxy\n" unless $name =~ /^(?:stock|cxxproxy)$/;
    return $name;
}

sub is_stock     () { stack_name() eq 'stock' }
sub is_ours      () { stack_name() eq 'cxxproxy' }
sub engine_is_off () { is_ours() && lc($ENV{CXXPROXY_ENGINE} // 'on') eq 'off' }
sub is_sanitized () { is_ours() && !!$ENV{CXXPROXY_SANITIZE} }
sub repo_root    () { $repo_root }
sub modules_dir  () { $modules_dir }

# The expectation of the stack under test: per_stack(stock => 200, ours => 502).
sub per_stack (%expected) { is_stock() ? $expected{stock} : $expected{ours} }

# For a file about a feature of the stock modules that ours does not have yet: it runs on stock, so that it stays right,
# and is skipped on ours with its reason.
sub comes_later ($feature) {
    Test::Builder->new->skip_all("$feature: not in mod_cxxproxy yet") if is_ours();
}

sub our_module () {
    return $ENV{CXXPROXY_MODULE} if $ENV{CXXPROXY_MODULE};
    return $repo_root . (is_sanitized() ? '/build/asan/mod_cxxproxy.so' : '/build/mod_cxxproxy.so');
}

# In some builds of httpd mod_watchdog is a module of its own.
sub needs_watchdog ($name) { $name eq 'proxy_hcheck' && -e "$modules_dir/mod_watchdog.so" }

# [name, path] of everything the stack under test loads for the proxy.
sub load_lines (@more) {
    my @names = (@replaced, @more);
    return map { ["${_}_module", our_module()] } 'cxxproxy', @names if is_ours();
    push @names, 'slotmem_shm', map { needs_watchdog($_) ? 'watchdog' : () } @names;
    return map { ["${_}_module", "$modules_dir/mod_$_.so"] } @names;
}

1;
