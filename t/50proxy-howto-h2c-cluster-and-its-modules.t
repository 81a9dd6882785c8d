use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(wait_for);

# The cluster of 50proxy-h2c-balancer-of-a-howto with what that file has besides taken away: the modules of the how-to's a2enmod
# lines on both sides and no others, its error pages, its names (here those of loopback), and clients that know HTTP/1.1 only.
my $told = join ' ', map { qq(<!--#echo var="$_" -->) } qw(REMOTE_ADDR HTTPS SERVER_PROTOCOL);
sub member ($name) {
    my %loaded = CxxProxy::Example->enabled(qw(http2 status headers remoteip));
    push @{ $loaded{modules} }, qw(setenvif include mime);    # WordPress's line, and a page that tells what it sees
    return CxxProxy::Httpd->start(%loaded, ports => ['own'], files => { 'htdocs/who.shtml' => "$name $told" }, config => <<'CONF');
Listen 127.0.0.1:__PORT_own__
ErrorDocument 404 "a page of the member"
AddOutputFilter INCLUDES .shtml
Options +Includes
<VirtualHost *:__PORT_own__>
    Protocols h2 h2c http/1.1
    RemoteIPHeader X-Forwarded-For
    RemoteIPProxiesHeader X-Forwarded-By
    RemoteIPInternalProxy localhost ::1
    SetEnvIf X-Forwarded-Proto https HTTPS
    <Location "/status">
        SetHandler server-status
    </Location>
</VirtualHost>
CONF
}
my %member = map { ($_ => member($_)) } qw(www1 www2);
my ($www1, $www2) = map { '127.0.0.1:' . $member{$_}->port('own') } qw(www1 www2);
my @modules = qw(http2 proxy proxy_balancer proxy_http proxy_http2 lbmethod_bybusyness headers status);
my $httpd   = CxxProxy::Httpd->start(CxxProxy::Example->enabled(@modules), config => <<"CONF");
<VirtualHost *:__PORT__>
    Protocols h2 h2c http/1.1
    <Proxy "balancer://cluster-www-prod">
        BalancerMember "h2c://$www1" keepalive=on
        BalancerMember "h2c://$www2" keepalive=on
        ProxySet lbmethod=bybusyness
    </Proxy>
    ProxyPass "/balancer-status" !
    ProxyPass "/proxy-status" !
    ProxyPass "/www1-status" "h2c://$www1/status"
    ProxyPassReverse "/www1-status" "h2c://$www1/status"
    ProxyPass "/www2-status" "h2c://$www2/status"
    ProxyPassReverse "/www2-status" "h2c://$www2/status"
    ProxyPass "/" "balancer://cluster-www-prod/"
    ProxyPassReverse "/" "balancer://cluster-www-prod/"
    ProxyPreserveHost On
    ProxyErrorOverride On
    RequestHeader set X-Forwarded-Proto "https"
    <Location "/balancer-status">
        SetHandler balancer-manager
    </Location>
    <Location "/proxy-status">
        SetHandler server-status
    </Location>
</VirtualHost>
CONF
sub ask ($path, $from = '127.0.0.1') { $httpd->client(from => $from)->request(path => $path) }

my %seen = map { (ask('/who.shtml', '127.0.0.7')->body => 1) } 1 .. 6;
is_deeply [sort keys %seen], [map { "$_ 127.0.0.7 1 HTTP/2.0" } qw(www1 www2)], 'either serves, over HTTP/2, and knows the client and https';
my $none = ask('/none');
is $none->status, 404;
like $none->body, is_ours() ? qr/^<!DOCTYPE HTML.*Not Found/s : qr/^(?:<!DOCTYPE HTML.*Not Found|\z)/s, 'the error page of the proxy itself';

my $manager = CxxProxy::Manager->new($httpd, '/balancer-status');
like $manager->member('cluster-www-prod', "h2c://$_")->{status}, qr/^Init Ok/, "the manager shows $_ as Ok" for $www1, $www2;
for my $page (qw(www1-status www2-status)) {
    ok wait_for(sub { ask("/$page", '127.0.0.8')->body =~ /<td>127\.0\.0\.8</ }), "/$page has the address of the client";
}
like ask('/proxy-status')->body, qr/Apache Server Status/, 'the page of the proxy is its own';
unlike join('', map { $_->access_log } values %member), qr{/(?:balancer|proxy)-status}, 'no member was asked for those';

done_testing;
