use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# CVE-2011-3368, CVE-2011-3639, CVE-2011-4317: a request target that is no path must not complete the host of the target
# URL. Nobody but the configured backend may be asked, whatever the mapping looks like.
my $backend   = CxxProxy::Backend->teller('backend ');
my $elsewhere = CxxProxy::Backend->named('EVIL');
my ($port)    = "$elsewhere" =~ /:(\d+)$/;
my @targets   = (
    "\@$elsewhere/x", "a\@$elsewhere/x", ":\@$elsewhere/x", "x:\@$elsewhere/x", "http:\@$elsewhere/x", "$elsewhere/x", ".$elsewhere/x",
    "//$elsewhere/x", "///$elsewhere/x", "/\@$elsewhere/x", "/:\@$elsewhere/x", "/:$port/x", ":$port/x", "http:/$elsewhere/x", "http:$elsewhere/x",
    "http:///x", "http://\@$elsewhere/x", "http://a:b\@$elsewhere/x", "http://$elsewhere/x", "http://proxy.test\@$elsewhere/x", "http://$elsewhere#/x", "/\\\@$elsewhere/x",
    "/%40$elsewhere/x", "%40$elsewhere/x", "/%2f\@$elsewhere/x", "/..\@$elsewhere/x", "/../\@$elsewhere/x", "?\@$elsewhere/x", "#\@$elsewhere/x", "*", "*\@$elsewhere", "",
    "unix:/tmp/x|http://$elsewhere/x", "proxy:http://$elsewhere/x", "balancer://x/y", "ftp://$elsewhere/x", "https://$elsewhere/x", "://$elsewhere/x",
);
my %mapping = (
    'ProxyPass'               => "ProxyPass / http://$backend/",
    'ProxyPassMatch, all'     => "ProxyPassMatch ^(.*) http://$backend\$1",
    'ProxyPassMatch, path'    => "ProxyPassMatch ^/(.*) http://$backend/\$1",
    'ProxyPassMatch, nocanon' => "ProxyPassMatch ^(.*) http://$backend\$1 nocanon",
    'mapping=encoded'         => "ProxyPass / http://$backend/ mapping=encoded",
    'mapping=servlet'         => "ProxyPass / http://$backend/ mapping=servlet",
    'nocanon'                 => "ProxyPass / http://$backend/ nocanon",
    'RewriteRule'             => "RewriteEngine On\nRewriteRule ^(.*) http://$backend\$1 [P]",
    'RewriteRule, slash'      => "RewriteEngine On\nRewriteRule ^(.*) http://$backend/\$1 [P]",
    'Location'                => "<Location />\nProxyPass http://$backend/\n</Location>",
    'SetHandler'              => "<Location />\nSetHandler proxy:http://$backend/\n</Location>",
);
my @names = sort keys %mapping;
my @ports = map { "P$_" } 0 .. $#names;
my $httpd = CxxProxy::Httpd->start(modules => ['rewrite'], ports => \@ports, threads => 8, config => join '', "KeepAlive Off\n",
    map { CxxProxy::Httpd->virtual_host("P$_", $mapping{$names[$_]}) } 0 .. $#names);

for my $number (0 .. $#names) {
    my @bad;
    for my $target (@targets) {
        for my $version (' HTTP/1.1', ' HTTP/1.0', '') {
            my $client = CxxProxy::RawClient->connect($httpd->port("P$number"));
            $client->send("GET $target$version\r\n" . ($version ? "Host: h\r\n\r\n" : ''));
            $client->half_close;
            my $all = $client->read_all;
            push @bad, "$target$version" if $all =~ /EVIL/ || $all !~ m{^HTTP/1\.1 (?:200|30\d|400|403|404|500) |^backend /|^<!DOCTYPE};
        }
    }
    is "@bad", '', "$names[$number]: each is a path of the backend, or refused";
}
is $elsewhere->connection_count, 0, 'nobody else was asked';
is scalar(grep { !m{^GET /[^\x00-\x20\x7f]* HTTP/1\.1$} } $backend->request_lines), 0, 'the backend was asked for paths only';

done_testing;
