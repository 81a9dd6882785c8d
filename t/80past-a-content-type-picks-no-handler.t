use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Framing qw(answer_with_target ask told);

# CVE-2024-38476, CVE-2024-39573, CVE-2024-43204, CVE-2023-38709, CVE-2024-42516: a Content-Type, wherever it comes from,
# is a type: it picks no handler, dials nobody, and ends no line.
my $elsewhere = CxxProxy::Backend->named('EVIL');
my @types     = ('server-status', 'server-info', 'balancer-manager', "proxy:http://$elsewhere/", 'proxy-server', 'default-handler', 'send-as-is', 'cgi-script', 'application/x-httpd-cgi', 'httpd/send-as-is');
my $backend   = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if    ($request->{head} =~ m{^\S+ /type/(\d+)})     { $connection->reply(200, 'ok', 'Content-Type' => $types[$1]) }
        elsif ($request->{head} =~ m{^\S+ /redirect/(\d+)}) { $connection->reply(302, 'ok', 'Content-Type' => $types[$1], Location => '/local.txt') }
        elsif ($request->{head} =~ m{^\S+ /inner/(\d+)})    { $connection->reply(200, 'ok', 'Content-Type' => $types[$1], Location => '/local.txt') }
        elsif ($request->{head} =~ m{^\S+ /error/(\d+)})    { $connection->reply(500, 'ok', 'Content-Type' => $types[$1]) }
        else  { answer_with_target($connection, $request) }
    }
});
my $httpd = CxxProxy::Httpd->start(modules => [qw(headers rewrite setenvif status info dir)], threads => 8, files => { 'htdocs/local.txt' => 'local', 'htdocs/error.txt' => 'our error page' }, config => <<"CONF");
ProxyPass /local.txt !
ProxyPass /error.txt !
ProxyPass /index !
ProxyPass /rewritten !
ProxyPass /overridden http://$backend/error
ProxyPass / http://$backend/ max=1 retry=0
<Location /overridden>
    ProxyErrorOverride On
</Location>
ErrorDocument 500 /error.txt
<Location /from-request>
    Header set Content-Type "expr=%{req:X-Type}"
</Location>
<Location /from-request-env>
    SetEnvIf X-Type (.*) TYPE=\$1
    Header set Content-Type %{TYPE}e
</Location>
<Location /local.txt>
    Header set Content-Type "expr=%{req:X-Type}" "expr=-n req('X-Type')"
</Location>
RewriteEngine On
RewriteRule ^/rewritten/(.*) \$1
RewriteRule ^/rewritten-type - [T=text/plain]
CONF

for my $number (0 .. $#types) {
    for my $how (qw(type redirect inner error)) {
        my $response = $httpd->get("/$how/$number");
        is $response->body, 'ok', "$how, $types[$number]: the backend's body";
    }
    is $httpd->get("/overridden/$number")->body, 'our error page', 'an error page of our own';
    for my $path (qw(from-request from-request-env)) {
        my $response = $httpd->get("/$path", 'X-Type' => $types[$number]);
        ok told($response, "/$path") || $response->status eq '500', "$path: the backend's body";
    }
    my $local = $httpd->get('/local.txt', 'X-Type' => $types[$number]);
    like $local->body, qr/^local$|^<!DOCTYPE/, 'a file of ours stays one';
}
for my $target ("proxy:http://$elsewhere/x", "/proxy:http://$elsewhere/x", "http:%2f%2f$elsewhere/x", "http%3a//$elsewhere/x", "/http://$elsewhere/x", "proxy:unix:/x%7chttp://$elsewhere/", 'proxy:balancer://x/') {
    like $httpd->get("/rewritten/$target")->status, qr/^(?:30\d|400|403|404|500)$/, "a rewritten path of $target";
}
# An answer in which such a type also ends lines.
for my $type ("text/plain\rX-Evil: 1", "text/plain\x0bX", "text/plain\0X", "text/plain\nX-Evil: 1\r\n\r\nEVIL") {
    my $bad = CxxProxy::Backend->answering("HTTP/1.1 200 OK\r\nContent-Type: $type\r\nContent-Length: 2\r\n\r\nok", then => 'close');
    my $own = CxxProxy::Httpd->start(threads => 8, config => "ProxyPass / http://$bad/");
    my $all = $own->raw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    unlike $all, qr/[\x00\x0b]|\r(?!\n)/, 'no stray control character at the client';
}
is $elsewhere->connection_count, 0, 'nobody was dialled';
ok told(ask($httpd, '/canary'), '/canary'), 'the canary';

done_testing;
