use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;
my %member = map { ($_ => CxxProxy::Example->member($_)) } qw(shop-a shop-b wiki-a wiki-b);
my $pair = CxxProxy::TlsClient->certificate('www.example.org');
my $site = CxxProxy::Example->open('sticky-own-cookie.conf')->start({
    '10.0.0.11:8080' => $member{'shop-a'}, '10.0.0.12:8080' => $member{'shop-b'},
    '10.0.0.11:8090' => $member{'wiki-a'}, '10.0.0.12:8090' => $member{'wiki-b'},
    '/etc/ssl/certs/www.example.org.pem' => $pair->{cert}, '/etc/ssl/private/www.example.org.key' => $pair->{key},
});

for my $app (qw(shop wiki)) {
    my %cookie;
    for (1 .. 2) {
        my $first = $site->get("/$app/");
        my ($route) = $first->body =~ m{^$app-([ab])$} or diag $first->body;
        is_deeply [$first->all('Set-Cookie')], ["${app}_at=$route; Path=/$app/; Secure; HttpOnly; SameSite=Lax"], "a cookie of the $app";
        $cookie{$route} = "${app}_at=$route";
    }
    is join(' ', sort keys %cookie), 'a b', 'both members serve';
    is $site->names("/$app"), "www.example.org https://www.example.org/$app/there", 'under the name of the site';
    for my $route (qw(a b)) {
        is $site->served(3, "/$app/x", Cookie => "other=1; $cookie{$route}"), "$app-$route", "$cookie{$route} stays";
        is $site->get("/$app/x", Cookie => $cookie{$route})->header('Set-Cookie'), undef, 'and is not told again';
    }
}
is $site->served(4, '/wiki/', Cookie => 'shop_at=a'), 'wiki-a wiki-b', 'a cookie of the shop means nothing to the wiki';
$member{'shop-a'}->go_down;
my $moved = $site->get('/shop/', Cookie => 'shop_at=a');
is $moved->body, 'shop-b', 'another member steps in';
like $moved->header('Set-Cookie'), qr/^shop_at=b;/, 'and takes the session over';

done_testing;
