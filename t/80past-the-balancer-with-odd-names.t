use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(answer_with_target ask told);
use CxxProxy::Httpd;

# CVE-2007-6420, CVE-2007-6421, CVE-2007-6422, CVE-2007-6423, CVE-2012-4558: the balancer's page and the balancer itself
# with names that nobody has, markup, and very long everything.
my $script  = sub ($connection) { while (my $request = $connection->read_request) { answer_with_target($connection, $request) } };
my $one     = CxxProxy::Backend->start($script);
my $two     = CxxProxy::Backend->start($script);
my $httpd   = CxxProxy::Httpd->start(threads => 8, config => <<"CONF");
UseCanonicalName Off
LimitRequestLine 70000
<Proxy balancer://cluster>
    BalancerMember http://$one route=a
    BalancerMember http://$two route=b
    ProxySet stickysession=SID
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
ProxyPass /manager !
ProxyPass / balancer://cluster/
CONF

my @same   = (Referer => 'http://proxy.test/manager');
my $markup = '"><script>alert(1)</script>';
my $script_of_others = qr{<script(?! src="/manager\?file=script\.js" defer></script>)};    # than the page itself
my $quoted = $markup =~ s/([<>"])/sprintf '%%%02x', ord $1/ger;
my @names  = qw(b w nonce w_lf w_ls w_wr w_rr w_status_D b_lbm b_tmo b_max b_sforce b_ss b_wyes b_nwrkr xml ss wr rr dw lf);
for my $name (@names) {
    for my $value ($markup, $quoted, '', 'nope', '-1', '99999999999999999999', 'A' x 8000, '%00', '%zz', '%', '%0d%0aX-Evil:%201', '../..') {
        for my $query ("$name=$value", "b=cluster&$name=$value", "b=cluster&w=http://$one&$name=$value") {
            my $response = $httpd->get("/manager?$query", @same);
            my $good = $response && $response->status =~ /^(?:200|400|403|404|500)$/ && $response->body !~ $script_of_others && !$response->header('X-Evil');
            ok 0, "/manager?$query" unless $good;
        }
    }
}
for my $query ('', '?', '?&', '?=', '?&&=&&', '?b', '?b=cluster&w', '?' . 'b=cluster&' x 500, '?b=cluster&b=nope', "?b=balancer://cluster&w=$one", '?b=%63luster') {
    is $httpd->get("/manager$query", @same)->status, 200, 'a page: ' . substr $query, 0, 30;
}
for my $host ('<script>', '"><script>', "h\"onload=x", 'h&amp;', "h'") {
    my $all = $httpd->raw("GET /manager HTTP/1.0\r\nHost: $host\r\n\r\n");
    unlike $all, qr/$script_of_others|h"onload|[^\w]h'/, "a Host of $host";
}
my $page = $httpd->get('/manager', @same);
like $page->header('Content-Type'), qr{^text/html; charset=}, 'the page has a charset';
unlike $httpd->request(method => 'POST', path => '/manager', body => 'b=cluster&w=' . $quoted . '&nonce=' . $quoted, headers => [@same, 'Content-Type' => 'application/x-www-form-urlencoded'])->body // '',
    $script_of_others, 'what is posted is escaped';
my $long = $httpd->request(method => 'POST', path => '/manager', body => 'b=' . 'x' x 200_000, headers => [@same, 'Content-Type' => 'application/x-www-form-urlencoded']);
ok !$long || $long->status =~ /^(?:200|400|403|404|405|413)$/, 'a very long form';

# The balancer: long paths, long and odd session names.
for my $length (100, 8000, 60_000) {
    my $path = '/' . 'x' x $length;
    ok told(ask($httpd, $path), $path), "a path of $length bytes" if $length < 8000;
    is $httpd->get($path)->status, 200, "a path of $length bytes";
}
is $httpd->get('/' . 'x' x 70_000)->status, 414, 'a longer one than allowed';
for my $value ('a', 'x.a', 'x.nope', '.', '..', 'x.', '.a', 'x.' . 'a' x 8000, "x.a;b", 'x.%0d%0aX', "x.\xff\xfe", 'x.a%00b', '"x.a"', '') {
    is $httpd->get('/canary', Cookie => "SID=$value")->body, 'told /canary', 'a cookie of ' . substr $value, 0, 20;
    like $httpd->get("/canary;SID=$value")->status, qr/^(?:200|400|403|404)$/, 'in the path';
    like $httpd->get("/canary?SID=$value")->status, qr/^(?:200|400|403)$/, 'in the query';
}
is $httpd->get('/canary', Cookie => join '; ', map { "SID$_=x.a" } 1 .. 500)->body, 'told /canary', 'very many cookies';
is $httpd->get('/canary', Cookie => 'SID=' . ';SID=' x 1000)->body, 'told /canary', 'very many empty ones';

done_testing;
