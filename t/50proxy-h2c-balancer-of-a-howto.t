use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(wait_for);

# A site as how-tos have it: HTTP/2 on both sides of the proxy, two Apaches behind it that know who the client is, pages
# about both sides, and error pages of the proxy's own.
sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'curl with HTTP/2 is needed' unless have('curl') && qx(curl --version) =~ /HTTP2/;
plan skip_all => CxxProxy::Http2Client->missing if CxxProxy::Http2Client->missing;

my @told = qw(REMOTE_ADDR SERVER_PROTOCOL HTTP_HOST HTTPS);
sub member ($name) {
    return CxxProxy::Httpd->start(without_proxy => 1, modules => [qw(http2 alias include remoteip setenvif status mime)],
        files => {
            'htdocs/who.shtml' => join(' ', $name, map { qq(<!--#echo var="$_" -->) } @told),
            'htdocs/page.txt'  => "a page of $name",
            'htdocs/large.txt' => 'x' x 3_000_000,
        },
        config => <<'CONF');
Protocols h2c http/1.1
RemoteIPHeader X-Forwarded-For
RemoteIPProxiesHeader X-Forwarded-By
RemoteIPInternalProxy 127.0.0.1 ::1
SetEnvIf X-Forwarded-Proto https HTTPS
ErrorDocument 404 "the member's own page"
Redirect /moved /page.txt
ExtendedStatus On
Options +Includes
AddOutputFilter INCLUDES .shtml
CustomLog __ROOT__/logs/clients "%a %{c}a %H %U"
<Location /status>
    SetHandler server-status
</Location>
CONF
}
my %member = map { $_ => member($_) } qw(www1 www2);
my ($www1, $www2) = map { $member{$_}->port } qw(www1 www2);
my @stack = qw(proxy_http2 lbmethod_bybusyness);
my $httpd = CxxProxy::Httpd->start(modules => [qw(http2 headers status)], stack => \@stack, config => <<"CONF");
<VirtualHost *:__PORT__>
    ServerName www.example.test
    Protocols h2 h2c http/1.1

    <Proxy "balancer://cluster-www-prod">
        BalancerMember "h2c://127.0.0.1:$www1" keepalive=on
        BalancerMember "h2c://127.0.0.1:$www2" keepalive=on
        ProxySet lbmethod=bybusyness
    </Proxy>

    ProxyPass "/balancer-status" !
    ProxyPass "/proxy-status" !
    ProxyPass "/www1-status" "h2c://127.0.0.1:$www1/status"
    ProxyPassReverse "/www1-status" "h2c://127.0.0.1:$www1/status"
    ProxyPass "/www2-status" "h2c://127.0.0.1:$www2/status"
    ProxyPassReverse "/www2-status" "h2c://127.0.0.1:$www2/status"
    ProxyPass "/" "balancer://cluster-www-prod/"
    ProxyPassReverse "/" "balancer://cluster-www-prod/"

    ProxyPreserveHost On
    ProxyErrorOverride On
    ErrorDocument 404 "the site's own page"
    RequestHeader set X-Forwarded-Proto "https"

    <Location "/balancer-status">
        SetHandler balancer-manager
    </Location>
    <Location "/proxy-status">
        SetHandler server-status
    </Location>
</VirtualHost>
CONF

sub curl ($path, @arguments) {
    open my $pipe, '-|', 'curl', '-sS', '--max-time', 60, @arguments, $httpd->url($path) or die "curl: $!";
    local $/;
    my $output = <$pipe> // '';
    close $pipe;
    return $output;
}

for my $way (['HTTP/1.1', '--http1.1', '127.0.0.7'], ['h2c', '--http2-prior-knowledge', '127.0.0.8']) {
    my ($name, $option, $other) = @$way;
    my $said = curl('/who.shtml', $option, '--interface', '127.0.0.9');
    my ($who, $address, $protocol, $host, $https) = split ' ', $said;
    is $address, '127.0.0.9', "$name: the member knows the client's address";
    is $protocol, 'HTTP/2.0', 'and was asked over HTTP/2';
    is $host, '127.0.0.1:' . $httpd->port, "under the site's name";
    is $https, 1, 'and knows that the site is asked over https';
    like curl('/who.shtml', $option, '--interface', '127.0.0.9', '-H', 'X-Forwarded-For: 192.0.2.7'), qr/^www. 127\.0\.0\.9 /,
        'an address that the client made up is not taken for its own';
    is curl('/page.txt', $option, '-o', '/dev/null', '-w', '%{http_version} %{http_code}'), ($name eq 'h2c' ? 2 : 1.1) . ' 200', 'the client got what it speaks';
    is length curl('/large.txt', $option), 3_000_000, 'a large file';
    # Stock: towards HTTP/2 the page is empty now and then.
    my $page = is_ours() || $name ne 'h2c' ? qr/the site's own page/ : qr/(?:the site's own page)?/;
    like curl('/none', $option, '-w', ' %{http_code}'), qr/\A$page 404\z/, "a 404 of a member is the site's own page";
    is curl('/moved', $option, '-so', '/dev/null', '-w', '%{redirect_url}'), $httpd->url('/page.txt'), 'a redirect stays here';
    my %served;
    $served{$_}++ for map { curl('/page.txt', $option) =~ /(www\d)/ } 1 .. 8;
    is join(' ', sort keys %served), 'www1 www2', 'both members serve';
    for my $which (qw(www1 www2)) {
        my $status = sub { curl("/$which-status", $option, '--interface', $other) };
        like $status->(), qr/Server Version: Apache/, "the status page of $which, past the balancer";
        ok wait_for(sub { $status->() =~ /<td>\Q$other\E</ }), "has the client's address";    # when a request is done
    }
    like curl('/proxy-status', $option), qr/Server Version: Apache/, 'the status page of the proxy';
    like curl('/balancer-status', $option), qr/balancer:\/\/cluster-www-prod/, 'and the manager';
}
my $manager = CxxProxy::Manager->new($httpd, '/balancer-status');
for my $port ($www1, $www2) {
    like $manager->member('cluster-www-prod', "h2c://127.0.0.1:$port")->{status}, qr/^Init Ok\s*\z/, 'in which a member is Ok';
}

my @answers = CxxProxy::Http2Client->ask($httpd->port, map { { path => '/page.txt' } } 1 .. 40);
my %served;
$served{ $_->{body} }++ for @answers;
is_deeply [sort keys %served], ['a page of www1', 'a page of www2'], 'forty streams at once are shared out';
is scalar(grep { $_->{ended} eq 'end' && $_->{status} eq '200' } @answers), 40, 'and answered';
is $served{'a page of www1'} + $served{'a page of www2'}, 40;

my @lines = $httpd->log_lines('access_log', 60);
unlike join("\n", @lines), qr/" 5\d\d /, 'nothing has failed' if is_ours();    # stock logs 502 for some answers that were whole
my $seen = join '', map { $_->log_file('clients') } values %member;
unlike $seen, qr{ HTTP/1}, 'no member was asked over HTTP/1';
unlike $seen, qr{/(?:balancer|proxy)-status}, "nor about the proxy's own pages";
unlike $seen, qr{^127\.0\.0\.1 127\.0\.0\.9 }m, 'nor without word of the client';
like $seen, qr{^127\.0\.0\.9 127\.0\.0\.1 HTTP/2\.0 /who}m, 'their logs have its address';

$member{www2}->stop;
is join(' ', map { $httpd->answer('/page.txt') =~ s/a page of //r } 1 .. 4), 'www1 www1 www1 www1', 'one member alone serves, too';
done_testing;
