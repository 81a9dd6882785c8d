use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;

my ($one, $two, $spare, $standby) = map { CxxProxy::Example->member($_) } qw(one two spare standby);
my $site = CxxProxy::Example->open('standby.conf')->start({
    '10.0.0.11:8080' => $one, '10.0.0.12:8080' => $two, '10.0.0.13:8080' => $spare, '10.0.0.14:8080' => $standby,
});

is $site->served(6), 'one two', 'spare and standby rest';
is $site->names, 'www.example.org http://www.example.org/there', 'the name of the site';
$one->go_down;
$site->get('/') for 1 .. 2;
is $site->served(6), 'spare two', 'the spare takes the place of one';
$two->go_down;
$site->get('/') for 1 .. 2;
is $site->served(4), 'spare', 'the spare alone';
$spare->go_down;
is $site->served(4), 'standby', 'the standby, when nobody else is left';

done_testing;
