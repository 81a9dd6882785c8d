use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;

my %member = map { ($_ => CxxProxy::Example->member($_)) } 1, 2;
my $site = CxxProxy::Example->open('sticky-mod-headers.conf')->start({ '10.0.0.11:8080' => $member{1}, '10.0.0.12:8080' => $member{2} });

my %cookie;
for (1 .. 2) {
    my $first = $site->get('/');
    is_deeply [$first->all('Set-Cookie')], ['ROUTEID=.' . $first->body . '; path=/'], 'the first answer names its member';
    $cookie{ $first->body } = $first->header('Set-Cookie') =~ s/;.*//r;
}
is join(' ', sort keys %cookie), '1 2', 'both serve';
for my $route (sort keys %cookie) {
    is $site->served(4, '/', Cookie => $cookie{$route}), $route, "who sends $cookie{$route} stays";
    is $site->get('/', Cookie => $cookie{$route})->header('Set-Cookie'), undef, 'and is not told again';
}
is $site->names, 'www.example.org http://www.example.org/there', 'the name of the site';
$member{1}->go_down;
my $moved = $site->get('/', Cookie => $cookie{1});
is $moved->body, 2, 'another member steps in';
is $moved->header('Set-Cookie'), 'ROUTEID=.2; path=/', 'and says so';

done_testing;
