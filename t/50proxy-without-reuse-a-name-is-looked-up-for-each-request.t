use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_sanitized);
use File::Temp ();

plan skip_all => 'the sanitizers are preloaded already' if is_sanitized();
my ($cc) = grep { system("command -v $_ >/dev/null 2>&1") == 0 } qw(cc gcc) or plan skip_all => 'a C compiler is needed';

# The name servers, so to say: each question about named.test is a byte in a file.
my $dir = File::Temp->newdir('cxxproxy-names-XXXXXX', TMPDIR => 1);
chmod 0777, $dir;
CxxProxy::Httpd::spew("$dir/names.c", <<'C');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  if (!name || strcmp(name, "named.test") != 0) return next(name, service, hints, result);
  int told = open(getenv("NAMES_TOLD"), O_WRONLY | O_APPEND);
  if (told < 0 || write(told, ".", 1) != 1) abort();
  close(told);
  return next("127.0.0.1", service, hints, result);
}
C
system("$cc -shared -fPIC -o $dir/names.so $dir/names.c -ldl") == 0 or die "the compiler: $?\n";
CxxProxy::Httpd::spew("$dir/told", '.');
chmod 0666, "$dir/told";

my $backend = CxxProxy::Backend->named('x');
my $url     = 'http://named.test:' . $backend->port;
my $httpd   = do {
    local @ENV{qw(LD_PRELOAD NAMES_TOLD)} = ("$dir/names.so", "$dir/told");
    CxxProxy::Httpd->start(children => 1, config => <<"CONF");
ProxyPass /kept/   $url/kept/
ProxyPass /zero/   $url/zero/   addressttl=0
ProxyPass /on/     $url/on/     disablereuse=On
ProxyPass /off/    $url/off/    enablereuse=Off
ProxyPass /minute/ $url/minute/ disablereuse=On addressttl=60
ProxyPass /ever/   $url/ever/   addressttl=-1 disablereuse=On
<Proxy balancer://one>
    BalancerMember $url/member disablereuse=On
</Proxy>
ProxyPass /one/    balancer://one/
CONF
};

# By four requests, behind one that finds no address.
sub lookups ($path) {
    is $httpd->answer($path), 'x', "${path}: an answer";
    my $before = -s "$dir/told";
    is $httpd->answer($path), 'x' for 1 .. 4;
    return (-s "$dir/told") - $before;
}

is lookups('/kept/'),   0, 'a connection that is kept, and its address';
is lookups('/zero/'),   4, 'addressttl=0';
is lookups('/on/'),     4, 'disablereuse=On';
is lookups('/off/'),    4, 'enablereuse=Off';
is lookups('/one/'),    4, 'of a balancer\'s member';
is lookups('/minute/'), 0, 'addressttl= beside it says for how long all the same';
is lookups('/ever/'),   0, 'and -1 for ever';

done_testing;
