use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# CVE-2024-38473, CVE-2021-41773, CVE-2021-42013, CVE-2019-0220: a path in other clothes must not get around the
# protection of the path that the backend will see.
my $backend = CxxProxy::Backend->teller('backend ');
my %mapping = (
    plain      => "ProxyPass / http://$backend/",
    match      => "ProxyPassMatch ^/(.*) http://$backend/\$1",
    location   => "<Location />\nProxyPass http://$backend/\n</Location>",
    sethandler => "<Location />\nSetHandler proxy:http://$backend/\n</Location>",
    rewrite    => "RewriteEngine On\nRewriteRule ^/(.*) http://$backend/\$1 [P]",
    nomerge    => "MergeSlashes Off\nProxyPass / http://$backend/",
    nodecode   => "AllowEncodedSlashes NoDecode\nProxyPass / http://$backend/",
    servlet    => "ProxyPass / http://$backend/ mapping=servlet",
    encoded    => "ProxyPass / http://$backend/ mapping=encoded",
    nocanon    => "ProxyPass / http://$backend/ nocanon",
);
my @names = sort keys %mapping;
my $httpd = CxxProxy::Httpd->start(modules => ['rewrite'], threads => 8, ports => [map { uc } @names], config => join '',
    map { CxxProxy::Httpd->virtual_host(uc, $mapping{$_}, '<Location /secret>', 'Require all denied', '</Location>') } @names);

my @plain = ('/secret', '/secret/', '/secret/x', '/secret?x', '/secret/?x', '/secret//x', '/./secret', '/x/../secret', '//secret', '///secret/x', '/%73ecret', '/s%65cret/x', '/secret/%2e%2e/secret', '/%2e/secret',
    '/x/%2e%2e/secret', '/x/.%2e/secret', '/x/%2e./secret', '/secret%2fx', '/%2fsecret', '/secret%3fx', '/secret/%3f', '/secret%23', '/x/..//secret', '/x/y/../../secret', '/secret/../secret', '/%252e/secret');
# What a backend makes of a path that it decodes once and tidies up.
sub seen ($target) {
    my ($path) = split /\?/, $target;
    $path =~ s/%([0-9a-fA-F]{2})/chr hex $1/ge;
    my @parts;
    for my $part (split m{/+}, $path) { $part eq '..' ? pop @parts : $part eq '.' || $part eq '' ? () : push @parts, $part =~ s/;.*//r }
    return '/' . join '/', @parts;
}

for my $name (@names) {
    my @open;
    for my $target (@plain) {
        # Where the sent form counts, the administrator protects the sent form.
        next if $name =~ /encoded|servlet|nocanon/ && $target =~ /%/;
        next if $name eq 'nomerge' && $target =~ m{//};
        next if $name eq 'nodecode' && $target =~ /%2f/;
        my $client = CxxProxy::RawClient->connect($httpd->port(uc $name));
        $client->send("GET $target HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        my $response = $client->read_response;
        push @open, "$target: " . $response->body if $response->status eq '200' && seen($response->body =~ s/^backend //r) =~ m{^/secret(?:/|$)};
    }
    is "@open", '', "$name: nothing protected was reached";
}
my @above = ('/..', '/../x', '/x/../../y', '/.%2e/x', '/%2e%2e/x', '/x/.%2e/.%2e/y', '/%%32%65%%32%65/x', '/%2e%2e%2f%2e%2e/x', '/..;/x', '/x/..;a=b/../../y', '/%2e%2e;/x', '/x/%2e%2e;/%2e%2e/y');
for my $name (@names) {
    my @bad;
    for my $target (@above) {
        my $client = CxxProxy::RawClient->connect($httpd->port(uc $name));
        $client->send("GET $target HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        my $response = $client->read_response;
        push @bad, "$target: " . $response->status . ' ' . $response->body if $response->status !~ /^(?:200|400|403|404)$/ || $response->body =~ m{^backend (?!/)};
        push @bad, "$target: " . $response->body if $name eq 'plain' && $response->body =~ m{/\.\.(?:/|$)};
    }
    is "@bad", '', "$name: a path above the root is refused, or is one of the backend's";
}

done_testing;
