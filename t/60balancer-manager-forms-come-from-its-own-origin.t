use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::RawClient;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::TlsClient;

# Where the page says that a form goes, a form of it may change things: behind TLS, on other ports, under other names.
plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;
my $backend     = CxxProxy::Backend->named('a');
my $certificate = CxxProxy::TlsClient->certificate('tls.test');
my $httpd = CxxProxy::Httpd->start(modules => ['ssl'], ports => ['tls', 'canonical'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
    ProxySet nonce=sesame
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
@{[CxxProxy::TlsClient->virtual_host(tls => $certificate, 'ServerName tls.test')]}
@{[CxxProxy::Httpd->virtual_host('canonical', 'ServerName canonical.test:__PORT_canonical__', 'ServerAlias *', 'UseCanonicalName On')]}
@{[CxxProxy::Httpd->virtual_host(undef, 'ServerName https://offloaded.test:443', 'UseCanonicalName On')]}
@{[CxxProxy::Httpd->virtual_host(undef, 'ServerName plain.test', 'ServerAlias *')]}
CONF
my ($tls, $canonical, $plain) = ($httpd->port('tls'), $httpd->port('canonical'), $httpd->port);

sub request ($port, $host, %part) {
    my $client = $port == $tls ? CxxProxy::TlsClient->connect($port) : CxxProxy::RawClient->connect($port);
    return $client->request(path => '/manager', %part, headers => [Host => $host, @{ $part{headers} // [] }]);
}
sub status ($port, $host) { request($port, $host)->body =~ m{<td>Init ([\w ]*?) ?</td>} ? $1 : 'none' }

# Does a form with these headers change anything?
sub changes ($port, $host, @headers) {
    my $before = status($port, $host);
    my $form   = join '&', 'b=cluster', 'nonce=sesame', "w=http://$backend", 'w_status_D=' . ($before eq 'Dis' ? 0 : 1);
    is request($port, $host, method => 'POST', body => $form, headers => \@headers)->status, 200;
    return status($port, $host) eq $before ? 0 : 1;
}
sub target ($port, $host, $origin) {
    my $page = request($port, $host, path => '/manager?b=cluster&nonce=sesame', headers => [Referer => "$origin/manager"])->body;
    return $page =~ /action="([^"]*)"/ ? $1 : 'none';
}

for my $case ([$tls, 'https', "tls.test:$tls"], [$tls, 'https', 'tls.test'], [$canonical, 'http', "canonical.test:$canonical"],
    [$plain, 'https', 'offloaded.test'], [$plain, 'http', "127.0.0.1:$plain"], [$plain, 'http', "[::1]:$plain"], [$plain, 'http', 'plain.test'],
    [$plain, 'http', 'other.test:8080']) {
    my ($port, $scheme, $host) = @$case;
    my $origin = "$scheme://$host";
    is target($port, $host, $origin) =~ s/%5b(.*)%5d/[$1]/r, "$origin/manager", "$origin: where the form goes";
    is changes($port, $host, Referer => "$origin/manager?b=cluster"), 1, "$origin: from there";
    is changes($port, $host, Referer => "$origin/manager", Origin => $origin), 1, "$origin: as browsers say it";
    is changes($port, $host, Referer => uc "$origin/manager", Origin => uc $origin), 1, "$origin: in capitals";
    my $usual   = $scheme eq 'https' ? 443 : 80;
    my $written = $host =~ /[^:\]]:\d+$|\]:\d+$/ ? $origin : "$origin:$usual";
    is changes($port, $host, Referer => "$written/manager", Origin => $written), 1, "$origin: with its port, $written";
    my $other = ($scheme eq 'http' ? 'https' : 'http') . "://$host";
    is changes($port, $host, Referer => "$other/manager"), per_stack(stock => 1, ours => 0), "$origin: from another scheme";
    my $elsewhere = $origin =~ s/(?<!p|s):\d+$//r . ':4711';
    is changes($port, $host, Referer => "$elsewhere/manager"), per_stack(stock => 1, ours => 0), "$origin: from another port, $elsewhere";
    is changes($port, $host, Referer => "$scheme://evil.test/manager"), 0, "$origin: from another host";
}

# With UseCanonicalName the page sends whoever used another name to the canonical one.
is target($canonical, "alias.test:$canonical", "http://canonical.test:$canonical"), "http://canonical.test:$canonical/manager", 'UseCanonicalName: where the form goes';
is changes($canonical, "canonical.test:$canonical", Referer => "http://alias.test:$canonical/manager"), 0, 'from the alias, to the canonical name: two origins';
is changes($canonical, "alias.test:$canonical", Referer => "http://alias.test:$canonical/manager"), per_stack(stock => 0, ours => 1), 'from the alias to the alias';

done_testing;
