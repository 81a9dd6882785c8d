use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;

my ($one, $two) = map { CxxProxy::Example->member($_) } qw(one two);
my $site = CxxProxy::Example->open('sticky-application-cookie.conf')->start({ '10.0.0.11:8080' => $one, '10.0.0.12:8080' => $two });

is $site->served(4), 'one two', 'who has no session is served by either';
is $site->served(4, '/', Cookie => 'lang=de; JSESSIONID=abc.node2'), 'two', 'the cookie names the member';
is $site->served(4, '/', Cookie => 'JSESSIONID=abc.node1'), 'one';
is $site->served(4, '/page;jsessionid=abc.node2?x=1'), 'two', 'the parameter does, too';
is $site->served(12, '/', Cookie => 'JSESSIONID=abc.node9'), 'one two', 'a route of nobody binds nobody';
is $site->names, 'www.example.org http://www.example.org/there', 'the name of the site';
$two->go_down;
is $site->served(4, '/', Cookie => 'JSESSIONID=abc.node2'), 'one', 'when the member is down another one serves';

done_testing;
