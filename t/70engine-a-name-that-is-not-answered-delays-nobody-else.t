use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads ours_only still_there used_client);
use CxxProxy::Stack qw(is_sanitized);
use File::Temp ();

ours_only('a lookup holds a thread');
plan skip_all => 'the sanitizers are preloaded already' if is_sanitized();
my ($cc) = grep { system("command -v $_ >/dev/null 2>&1") == 0 } qw(cc gcc) or plan skip_all => 'a C compiler is needed';

# The name servers, so to say: slow.test is known once a file is there.
my $dir = File::Temp->newdir('cxxproxy-names-XXXXXX', TMPDIR => 1);
chmod 0755, $dir;
CxxProxy::Httpd::spew("$dir/names.c", <<'C');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  if (!name || strcmp(name, "slow.test") != 0) return next(name, service, hints, result);
  const char *gate = getenv("NAMES_GATE");
  for (int i = 0; i < 6000 && access(gate, F_OK) != 0; ++i) usleep(10000);
  return next("127.0.0.1", service, hints, result);
}
C
system("$cc -shared -fPIC -o $dir/names.so $dir/names.c -ldl") == 0 or die "the compiler: $?\n";

my $backend = CxxProxy::Backend->teller;
my $port    = $backend->port;
my $httpd   = do {
    local @ENV{qw(LD_PRELOAD NAMES_GATE)} = ("$dir/names.so", "$dir/gate");
    few_threads(modules => [qw(rewrite)], config => <<"CONF");
KeepAliveTimeout 60
ProxyPass /named http://slow.test:$port/named
ProxyPass / http://$backend/
RewriteEngine On
RewriteRule ^/rewritten/(.*) http://slow.test:$port/rewritten/\$1 [P]
CONF
};
my $quick   = used_client($httpd);
my @clients = map { $_ % 2 ? used_client($httpd) : $httpd->client } 1 .. 40;
sub path ($number) { ($number % 4 < 2 ? '/named' : '/rewritten') . "/$number" }
$clients[$_]->send('GET ' . path($_) . " HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. $#clients;
answers_meanwhile('forty wait for an address', $httpd, '/quick', '/quick', $quick) for 1 .. 5;
is scalar(grep { still_there($_) } @clients), 40, 'they wait still';

CxxProxy::Httpd::spew("$dir/gate", '');
my @wrong = grep { my $answer = $clients[$_]->read_response; !$answer || $answer->body ne path($_) } 0 .. $#clients;
is_deeply \@wrong, [], 'they are answered when the address comes';
is $_->request(path => '/then')->body, '/then' for @clients;

done_testing;
