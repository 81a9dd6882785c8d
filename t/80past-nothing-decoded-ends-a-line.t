use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# CVE-2023-25690, CVE-2024-38474, CVE-2024-38475: what was decoded for matching must not become line ends, blanks, or a
# question mark in the target. Also through variables, cookies and routes.
my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(rewrite setenvif headers)], threads => 8, config => <<"CONF");
AllowEncodedSlashes NoDecode
RewriteEngine On
RewriteRule ^/rewrite/(.*) http://$backend/r/\$1 [P]
RewriteRule ^/query/(.*) http://$backend/q?x=\$1 [P]
RewriteRule ^/noescape/(.*) http://$backend/ne/\$1 [P,NE]
RewriteRule ^/noescapequery/(.*) http://$backend/neq?x=\$1 [P,NE]
RewriteRule ^/escape/(.*) http://$backend/b/\$1 [P,B]
RewriteCond %{HTTP:X-Value} (.*)
RewriteRule ^/header http://$backend/h/%1 [P]
RewriteCond %{HTTP_COOKIE} id=(.*)
RewriteRule ^/cookie http://$backend/c?id=%1 [P]
ProxyPassMatch ^/match/(.*) http://$backend/m/\$1
ProxyPassMatch ^/matchquery/(.*) http://$backend/mq?x=\$1
ProxyPassMatch ^/nocanon/(.*) http://$backend/n/\$1 nocanon
ProxyPass /plain  http://$backend/p
ProxyPass /raw    http://$backend/raw nocanon
ProxyPass /encoded http://$backend/e mapping=encoded
ProxyPass /servlet http://$backend/s mapping=servlet
SetEnvIf Request_URI ^/env/(.*) CHOSEN=\$1
SetEnvIf X-Value (.*) SENT=\$1
ProxyPassInterpolateEnv On
ProxyPass /env http://$backend/env/\${CHOSEN}/ interpolate
ProxyPass /sent http://$backend/sent/\${SENT}/ interpolate
RequestHeader set X-Of-Env "%{CHOSEN}e" env=CHOSEN
<Location /sethandler>
    SetHandler proxy:http://$backend
</Location>
CONF

my @odd = ('%0d%0aX-Evil:%201', '%0aX-Evil:%201', '%0dX-Evil:%201', '%20HTTP/1.1%0d%0aHost:%20evil%0d%0a%0d%0aGET%20/SMUGGLED', '%0d%0a%0d%0aGET%20/SMUGGLED%20HTTP/1.1%0d%0aHost:%20h%0d%0a%0d%0a',
    '%20', '%09', '%0b', '%0c', '%7f', '%01', '%1b', '%c2%85', '%e2%80%a8', '%3f', '%3fx=%0d%0aX-Evil:%201', '%23', '%25%30%64%25%30%61X-Evil:%201', '%250d%250aX-Evil:%201', '%u000dX-Evil', '%5c%0d%0aX-Evil:');
my @paths = qw(rewrite query noescape noescapequery escape match matchquery nocanon plain raw encoded servlet env sethandler);
for my $path (@paths) {
    my @bad;
    for my $odd (@odd) {
        for my $target ("/$path/a$odd", "/$path/x?$odd") {
            my $response = $httpd->get($target);
            push @bad, "$target: " . ($response ? $response->status : 'none') unless $response && $response->status =~ /^(?:200|400|403|404|500)$/;
            next unless $response && $response->status eq '200';
            push @bad, "$target: " . $response->body if $response->body !~ m{\AGET /[^\x00-\x20\x7f]* HTTP/1\.1\r\nHost: [^\r\n]+\r\n} || $response->body =~ /^X-Evil/mi;
        }
    }
    is join("\n", @bad), '', "$path: one request line without blanks and control characters";
}
for my $value ("a b", "a\tb", 'a HTTP/1.1', "a?b", "a%0d%0aX-Evil: 1", "\xc2\x85", '../..', '@evil', '//evil/') {
    for my $path (qw(header sent cookie)) {
        my $response = $httpd->get("/$path", 'X-Value' => $value, Cookie => "id=$value");
        my $body     = $response->body;
        ok $response->status =~ /^(?:400|403|404|500)$/ || $body =~ m{\AGET /[^\x00-\x20\x7f]* HTTP/1\.1\r\nHost: \Q$backend\E\r\n} && $body !~ /^X-Evil/mi, "$path, a value like $value: " . $response->status;
    }
}
is $httpd->get('/rewrite/a%3fb')->status, 403, 'an encoded question mark in a capture is refused';
like $httpd->get('/match/a%3fb')->body, qr{^GET /m/a%3[fF]b HTTP}, 'or goes on encoded';
is scalar(grep { /^GET \/SMUGGLED |^X-Evil/ } $backend->request_lines), 0, 'nothing smuggled';
is scalar(grep { $_->{head} =~ /^X-Evil/mi || (() = $_->{head} =~ /^Host:/mg) != 1 } $backend->requests), 0, 'no field was made';

done_testing;
