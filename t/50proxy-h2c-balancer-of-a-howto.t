use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Http2Client;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# A site as how-tos have it: HTTP/2 on both sides of the proxy, two Apaches behind it that know who the client is.
sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'curl with HTTP/2 is needed' unless have('curl') && qx(curl --version) =~ /HTTP2/;
plan skip_all => CxxProxy::Http2Client->missing if CxxProxy::Http2Client->missing;

sub member ($name) {
    return CxxProxy::Httpd->start(without_proxy => 1, modules => [qw(http2 include remoteip status mime)],
        files => {
            'htdocs/who.shtml' => qq($name <!--#echo var="REMOTE_ADDR" --> <!--#echo var="SERVER_PROTOCOL" --> <!--#echo var="HTTP_HOST" -->),
            'htdocs/page.txt'  => "a page of $name",
            'htdocs/large.txt' => 'x' x 3_000_000,
        },
        config => <<'CONF');
Protocols h2c http/1.1
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
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
my $httpd = CxxProxy::Httpd->start(modules => [qw(http2)], stack => [qw(proxy_http2 lbmethod_bybusyness)], config => <<"CONF");
<VirtualHost *:__PORT__>
    ServerName www.example.test
    Protocols h2 h2c http/1.1

    <Proxy "balancer://cluster-www-prod">
        BalancerMember "h2c://127.0.0.1:$www1" keepalive=on
        BalancerMember "h2c://127.0.0.1:$www2" keepalive=on
        ProxySet lbmethod=bybusyness
    </Proxy>

    ProxyPass "/www1-status" "h2c://127.0.0.1:$www1/status"
    ProxyPass "/www2-status" "h2c://127.0.0.1:$www2/status"
    ProxyPass / balancer://cluster-www-prod/
    ProxyPassReverse / balancer://cluster-www-prod/
</VirtualHost>
CONF

sub curl ($path, @arguments) {
    open my $pipe, '-|', 'curl', '-sS', '--max-time', 60, @arguments, $httpd->url($path) or die "curl: $!";
    local $/;
    my $output = <$pipe> // '';
    close $pipe;
    return $output;
}

for my $way (['HTTP/1.1', '--http1.1'], ['h2c', '--http2-prior-knowledge']) {
    my ($name, $option) = @$way;
    my $said = curl('/who.shtml', $option, '--interface', '127.0.0.9');
    my ($who, $address, $protocol, $host) = split ' ', $said;
    is $address, '127.0.0.9', "$name: the member knows the client's address";
    is $protocol, 'HTTP/2.0', 'and was asked over HTTP/2';
    is $host, '127.0.0.1:' . $member{$who}->port, 'under its own name';
    like curl('/who.shtml', $option, '--interface', '127.0.0.9', '-H', 'X-Forwarded-For: 192.0.2.7'), qr/^www. 127\.0\.0\.9 /,
        'an address that the client made up is not taken for its own';
    is curl('/page.txt', $option, '-o', '/dev/null', '-w', '%{http_version} %{http_code}'), ($name eq 'h2c' ? 2 : 1.1) . ' 200', 'the client got what it speaks';
    is length curl('/large.txt', $option), 3_000_000, 'a large file';
    is curl('/none', $option, '-o', '/dev/null', '-w', '%{http_code}'), 404, 'a page that is not there';
    my %served;
    $served{$_}++ for map { curl('/page.txt', $option) =~ /(www\d)/ } 1 .. 8;
    is join(' ', sort keys %served), 'www1 www2', 'both members serve';
    like curl("/$_-status", $option), qr/Server Version: Apache/, "the status page of $_, past the balancer" for qw(www1 www2);
}

my @answers = CxxProxy::Http2Client->ask($httpd->port, map { { path => '/page.txt' } } 1 .. 40);
my %served;
$served{ $_->{body} }++ for @answers;
is_deeply [sort keys %served], ['a page of www1', 'a page of www2'], 'forty streams at once are shared out';
is scalar(grep { $_->{ended} eq 'end' && $_->{status} eq '200' } @answers), 40, 'and answered';
is $served{'a page of www1'} + $served{'a page of www2'}, 40;

my @lines = $httpd->log_lines('access_log', 60);
unlike join("\n", @lines), qr/" 5\d\d /, 'nothing has failed' if is_ours();    # stock logs 502 for some answers that were whole
unlike join('', map { $_->log_file('clients') } values %member), qr{ HTTP/1}, 'no member was asked over HTTP/1';

$member{www2}->stop;
is join(' ', map { $httpd->answer('/page.txt') =~ s/a page of //r } 1 .. 4), 'www1 www1 www1 www1', 'one member alone serves, too';
done_testing;
