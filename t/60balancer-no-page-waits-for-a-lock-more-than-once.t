use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours is_sanitized);
use CxxProxy::Wait qw(await);
use File::Temp ();

# What checks have found lies under a lock whose holder may have been stopped: a page with many members waits for it once, and
# comes without.
plan skip_all => 'stock has no such lock' unless is_ours();
plan skip_all => 'the sanitizers are preloaded already' if is_sanitized();
my ($cc) = grep { system("command -v $_ >/dev/null 2>&1") == 0 } qw(cc gcc) or plan skip_all => 'a C compiler is needed';

# While the file is there nobody gets a lock in time, and each who tried leaves a byte in it.
my $dir = File::Temp->newdir('cxxproxy-lock-XXXXXX', TMPDIR => 1);
chmod 0755, $dir;
CxxProxy::Httpd::spew("$dir/lock.c", <<'C');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *end) {
  int (*next)(pthread_mutex_t *, clockid_t, const struct timespec *) = dlsym(RTLD_NEXT, "pthread_mutex_clocklock");
  int held = open(getenv("HELD"), O_WRONLY | O_APPEND);
  if (held < 0) return next(mutex, clock, end);
  int told = write(held, "x", 1) == 1;
  close(held);
  return told ? ETIMEDOUT : EINVAL;
}
C
system("$cc -shared -fPIC -o $dir/lock.so $dir/lock.c -ldl") == 0 or die "the compiler: $?\n";

my $backend = CxxProxy::Backend->echo;
my @members = map { "http://$backend/m$_" } 11 .. 30;
my $httpd   = do {
    local @ENV{qw(LD_PRELOAD HELD)} = ("$dir/lock.so", "$dir/held");
    CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", '<Proxy balancer://cluster>',
        (map { "BalancerMember $_ hcmethod=TCP hcinterval=100ms" } @members), '</Proxy>',
        CxxProxy::Manager::in_front(), '<Location /metrics>', 'ProxyPass !', 'SetHandler cxxproxy-metrics', '</Location>');
};

# A page, and what it says of a check that was passed, once for each member.
my %pages = (
    '/manager'        => qr/>passed: /,
    '/manager?xml=1'  => qr/<httpd:last_result>passed</,
    '/manager?json=1' => qr/"last_result":\s*"passed"/,
    '/metrics'                 => qr/^cxxproxy_member_check_passed\{.*\} 1$/m,
);
sub reports ($path) { scalar(() = $httpd->answer($path) =~ /$pages{$path}/g) }
await('all checks', sub { reports('/metrics') == @members });
for my $path (sort keys %pages) {
    is reports($path), @members, "$path: what the checks have found";
    CxxProxy::Httpd::spew("$dir/held", '');
    chmod 0666, "$dir/held";
    my $page = $httpd->get($path);
    is $page->status, 200, 'with the lock held it comes, too';
    like $page->body, qr/\Q$members[-1]\E/, 'with all members';
    unlike $page->body, $pages{$path}, 'and without what the checks have found';
    is -s "$dir/held", 1, 'having waited once';
    unlink "$dir/held";
}
done_testing;
