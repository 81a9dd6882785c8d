use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::TlsClient;
use CxxProxy::Wait qw(wait_for);

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;
my $administrator = '127.0.0.9';

# Both members boot the member's file, with a page that tells what an application would see.
my $told = join ' ', map { qq(<!--#echo var="$_" -->) } qw(REMOTE_ADDR HTTP_HOST HTTPS SERVER_PROTOCOL);
sub member ($name) {
    my $member = CxxProxy::Example->open('h2c-cluster-member.conf');
    my %also   = $member->options;
    return $member->start(
        { '10.0.0.10' => '127.0.0.1', '192.168.1.0/24' => $administrator, '/var/www/example' => '__ROOT__/htdocs' },
        modules => [@{ $also{modules} }, qw(include mime alias)],
        files   => { 'htdocs/page.txt' => "a page of $name", 'htdocs/who.shtml' => $told },
        around  => qq(ErrorDocument 404 "the page of a member"\nRedirect /away /there\nOptions +Includes\nAddOutputFilter INCLUDES .shtml),
    );
}
my %member = map { ($_ => member($_)) } qw(www1 www2);
my $pair = CxxProxy::TlsClient->certificate('www.example.org');
my $site = CxxProxy::Example->open('h2c-cluster.conf')->start({
    '10.0.0.11:8080' => '127.0.0.1:' . $member{www1}->port, '10.0.0.12:8080' => '127.0.0.1:' . $member{www2}->port,
    '192.168.1.0/24' => $administrator,
    '/etc/ssl/certs/www.example.org.pem' => $pair->{cert}, '/etc/ssl/private/www.example.org.key' => $pair->{key},
});
my $visitor = $site->client_with(from => '127.0.0.7');
my $admin   = $site->client_with(from => $administrator);

is $visitor->served(6, '/page.txt'), 'a page of www1 a page of www2', 'both members serve';
is $visitor->answer('/who.shtml'), '127.0.0.7 www.example.org on HTTP/2.0', 'they know the client, the name and https, over HTTP/2';
like $visitor->get('/away')->header('Location'), qr{^https://www\.example\.org[:/]}, 'a redirect stays at the site';
SKIP: {
    skip 'curl with HTTP/2 is needed', 1 unless qx(curl --version 2>/dev/null) =~ /HTTP2/;
    my $url = 'https://127.0.0.1:' . $site->port . '/page.txt';
    my $told = qx(curl -sk --interface 127.0.0.7 --max-time 30 --http2 -o /dev/null -w '%{http_version} %{http_code}' $url);
    is $told, '2 200', 'and so may clients';
}
my $none = $visitor->get('/none');
is $none->status, 404, 'a page that is not there';
# Stock: the page is empty now and then.
like $none->body, is_ours() ? qr/^<!DOCTYPE.*Not Found/s : qr/^(?:<!DOCTYPE.*Not Found|\z)/s, "is the proxy's own";

for my $page (qw(balancer-status proxy-status www1-status www2-status status)) {
    is $visitor->get("/$page")->status, 403, "/$page is not for visitors";
    is $visitor->get("/$page", 'X-Forwarded-For' => $administrator)->status, 403, 'nor for who says to be somebody else';
}
my $manager = $admin->manager('/balancer-status');
is $manager->balancer('www')->{lbmethod}, 'bybusyness';
for my $name (qw(www1 www2)) {
    like $manager->member('www', 'h2c://127.0.0.1:' . $member{$name}->port)->{status}, qr/^Init Ok/, "the manager shows $name";
    ok wait_for(sub { $admin->answer("/$name-status") =~ /<td>127\.0\.0\.7</ }), "the status page of $name has the client's address";
}
like $admin->answer('/proxy-status'), qr/Server Version: Apache/, 'the status page of the proxy';
like $admin->answer('/status'), qr/Server Version: Apache/, 'that of a member through the balancer';

my $past = $member{www1}->client_with(from => '127.0.0.8');
is $past->answer('/page.txt', 'X-Forwarded-For' => $administrator), 403, 'a member answers nobody past the proxy';
is $member{www1}->client_with(from => $administrator)->answer('/status'), 403, 'not even administrators';
unlike join('', map { $_->httpd->access_log } values %member), qr/^127\.0\.0\.1 /m, 'the proxy is in no log of a member';

done_testing;
