use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# CVE-2021-40438, CVE-2021-44224: a socket path comes from the configuration and from nowhere else.
my $backend   = CxxProxy::Backend->teller('backend ');
my $socket    = CxxProxy::Backend->named('EVIL', unix => 1);
my $wanted    = CxxProxy::Backend->named('wanted', unix => 1);
my $elsewhere = CxxProxy::Backend->named('EVIL');
my $path      = $socket->path;
my $config = <<"CONF";
RewriteEngine On
RewriteRule ^/p/(.*) http://$backend/\$1 [P]
RewriteRule ^/q http://$backend/?%{QUERY_STRING} [P]
RewriteRule ^/whole/(.*) \$1 [P]
RewriteRule ^/sock/(.*) unix:@{[ $wanted->path ]}|http://h/\$1 [P]
ProxyPassMatch ^/m/(.*) http://$backend/\$1
ProxyPass /n http://$backend/ nocanon
ProxyPass /e http://$backend/ mapping=encoded
<Location /h>
    SetHandler proxy:http://$backend/
</Location>
ProxyPassInterpolateEnv On
SetEnvIf X-Env (.*) CHOSEN=\$1
ProxyPass /i http://$backend/\${CHOSEN}/ interpolate
ProxyPass /u unix:@{[ $wanted->path ]}|http://h/
ProxyPass /w !
ProxyPass / http://$backend/
CONF
my $httpd = CxxProxy::Httpd->start(modules => [qw(rewrite setenvif)], threads => 8, config => $config);

my @chosen = ("unix:$path|http://$elsewhere/", 'unix:' . 'A' x 5000 . "|http://$elsewhere/", "unix:|http://$elsewhere/", "unix:$path", "UNIX:$path|http://x/", "unix://$path|http:x",
    "unix:$path|$elsewhere", "x|unix:$path|http://$elsewhere/");
for my $chosen (@chosen) {
    my $encoded = $chosen =~ s/([|:])/sprintf '%%%02x', ord $1/ger;
    my @answers;
    for my $text ($chosen, $encoded) {
        push @answers, map { $httpd->get($_)->body =~ /^backend \/|^wanted$/ ? () : "$_: " . $httpd->get($_)->status }
            map { "/$_" } "?$text", "x?$text", $text, "$text?$text", map { ("$_/?$text", "$_/$text") } qw(p q m n e h u sock);
    }
    is scalar(grep { !/: (?:400|403|404|414|500)$/ } @answers), 0, 'the configured backend or none: ' . substr $chosen, 0, 30;
    my $answer = $httpd->get('/i/x', 'X-Env' => $chosen);
    unlike $answer->body, qr/EVIL/, 'through the environment';
}
# A whole URL from the client is an open door that only a configuration can make; a socket is none of its rooms.
unlike $httpd->get("/whole/http://$backend/unix:$path|http://x/")->body, qr/EVIL/, 'not in a path that the client chose altogether';
is $socket->connection_count, 0, 'the socket was not used';
is $elsewhere->connection_count, 0, 'nor another host';

done_testing;
