use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

# CVE-2026-34356: cookies whose path and domain are rewritten, longer and shorter, any number of them.
sub answer ($cookie) { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: $cookie\r\n\r\nok" }
sub becomes ($from, $to) { { name => $from, answer => answer($from), status => 200, body => 'ok', header => { 'Set-Cookie' => $to } } }
sub passes ($what, $from) { { name => $what, answer => answer($from), status => 200, body => 'ok', like => qr/^Set-Cookie: /m } }

my $long = '/public' x 30;
check_answers(config => <<"CONF",
ProxyPassReverseCookiePath /grow $long
ProxyPassReverseCookiePath /a/very/long/internal/path /s
ProxyPassReverseCookieDomain internal.test a.much.longer.domain.name.public.test
ProxyPassReverseCookieDomain a.long.internal.domain.test p.test
CONF
    becomes('a=b; path=/grow', "a=b; path=$long"),
    becomes('a=b; path=/a/very/long/internal/path', 'a=b; path=/s'),
    becomes('a=b; domain=internal.test', 'a=b; domain=a.much.longer.domain.name.public.test'),
    becomes('a=b; domain=a.long.internal.domain.test', 'a=b; domain=p.test'),
    becomes('a=b; path=/grow; domain=internal.test; secure', "a=b; path=$long; domain=a.much.longer.domain.name.public.test; secure"),
    becomes('a=b; domain=internal.test; path=/grow; secure', "a=b; domain=a.much.longer.domain.name.public.test; path=$long; secure"),
    becomes('a=b; domain=a.long.internal.domain.test; path=/a/very/long/internal/path', 'a=b; domain=p.test; path=/s'),
    becomes('a=b; domain=other.test; path=/other', 'a=b; domain=other.test; path=/other'),
    becomes('a=b', 'a=b'),
    (map { passes("$_ twice", "a=b; $_; $_; $_") } 'path=/grow', 'path=/a/very/long/internal/path', 'domain=internal.test', 'domain=a.long.internal.domain.test'),
    passes('both twice, out of order', 'a=b; path=/grow; domain=internal.test; path=/a/very/long/internal/path; domain=a.long.internal.domain.test'),
    passes('nothing behind path=', 'a=b; path='),
    passes('nothing behind domain=', 'a=b; domain='),
    passes('only path=', 'path='),
    passes('only path=/grow', 'path=/grow'),
    passes('path= as a name', 'path=/grow; path=/grow'),
    passes('path= within a value', 'a=path=/grow; domain=internal.test'),
    passes('semicolons', ';;;;path=/grow;;domain=internal.test;;'),
    passes('an empty cookie', ''),
    passes('a quoted path', 'a=b; path="/grow"; domain="internal.test"'),
    passes('capital letters', 'a=b; PATH=/grow; DOMAIN=INTERNAL.TEST'),
    passes('a very long path', 'a=b; path=/grow' . '/x' x 3000),
    passes('a very long domain', 'a=b; domain=' . 'x.' x 3000 . 'internal.test'),
    passes('very many attributes', 'a=b' . '; path=/grow; domain=internal.test' x 150),
    passes('bytes beyond ASCII', "a=\xff\xfe; path=/grow\xff"),
);

done_testing;
