use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;

my $one = CxxProxy::Example->member('one');
my $two = CxxProxy::Backend->answering("HTTP/1.1 418 Reply\r\nContent-Length: 2\r\n\r\nok");
my $site = CxxProxy::Example->open('access-log.conf')->start({ '10.0.0.11:8080' => $one, '10.0.0.12:8080' => $two });

my $count = 0;
for my $asked (['/x'], ['/y?z'], ['/s', Cookie => 'SID=1.b']) {
    $site->client_with(from => '127.0.0.7')->get(@$asked);
    $site->httpd->log_lines('members.log', ++$count);
}
my $head = qr/^127\.0\.0\.7 \[\d+\/\w+\/\d{4}:[\d: +]+\]/;
my @lines = $site->httpd->log_lines('members.log', 3);
my $tail = qr/time=\d+us$/;
like $lines[0], qr{$head "GET /x HTTP/1\.1" 200 \d+ member=http://$one route=a session=- backend=200 $tail}, 'a request';
like $lines[1], qr{$head "GET /y\?z HTTP/1\.1" 418 \d+ member=http://$two route=b session=- backend=418 $tail}, 'another member';
like $lines[2], qr{ 418 \d+ member=http://$two route=b session=b backend=418 }, 'one of a session';

$two->go_down;
is $site->names, 'www.example.org http://www.example.org/there', 'the name of the site';
$one->go_down;
$site->get('/down');
like +($site->httpd->log_lines('members.log', 6))[5], qr{ "GET /down HTTP/1\.1" 503 }, 'one that nobody served';

done_testing;
