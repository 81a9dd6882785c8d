use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(answers_meanwhile few_threads ours_only still_there used_client);

ours_only('a head that is not there yet holds a thread');

# On connections that were used before; the first head of a connection is read by a thread (and watched by mod_reqtimeout).
my $backend = CxxProxy::Backend->teller;
my $httpd   = few_threads(config => "KeepAliveTimeout 60\nProxyPass / http://$backend/");
my $quick   = used_client($httpd);

sub said ($client) { my $answer = $client->read_response; $answer ? $answer->body : 'nothing' }

# Cut in the line, at a line's end, in a header, before the empty line and in the middle of it.
my $head = "GET /half/NUMBER?with=a&query HTTP/1.1\r\nHost: proxy.test\r\nX-Long: " . 'l' x 2000 . "\r\nX-Last: 1\r\n\r\n";
my @cuts = (1, 3, 12, 30, 39, 40, 41, 60, 500, -20, -5, -4, -3, -2, -1);    # a negative one counts from the end
my @clients = map { used_client($httpd) } 1 .. 60;
sub pieces ($number) { my $text = $head =~ s/NUMBER/$number/r; my $cut = $cuts[$number % @cuts]; $cut += length $text if $cut < 0; (substr($text, 0, $cut), substr $text, $cut) }

$clients[$_]->send((pieces($_))[0]) for 0 .. $#clients;
answers_meanwhile('sixty half heads', $httpd, '/quick', '/quick', $quick) for 1 .. 5;
is scalar(grep { still_there($_) } @clients), 60, 'they all wait still';

# Twenty are ended at once, twenty byte by byte and in turns, twenty with more requests behind them.
$clients[$_]->send((pieces($_))[1]) for 0 .. 19;
my @wrong = grep { said($clients[$_]) ne "/half/$_?with=a&query" } 0 .. 19;
is_deeply \@wrong, [], 'twenty that were ended at once';

my @rest = map { (pieces($_))[1] } 20 .. 39;
for my $at (0 .. length $head) {
    $at < length $rest[$_] and $clients[20 + $_]->send(substr $rest[$_], $at, 1) for 0 .. 19;
}
@wrong = grep { said($clients[$_]) ne "/half/$_?with=a&query" } 20 .. 39;
is_deeply \@wrong, [], 'twenty byte by byte';
answers_meanwhile('twenty half heads', $httpd, '/quick', '/quick', $quick);

my $post = "POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /behind HTTP/1.1\r\nHost: h\r\n\r\n";
$clients[$_]->send((pieces($_))[1] . $post . substr $head, 0, 10) for 40 .. 59;
@wrong = grep { my $client = $clients[$_]; join(' ', map { said($client) } 1 .. 3) ne "/half/$_?with=a&query /post /behind" } 40 .. 59;
is_deeply \@wrong, [], 'twenty with others behind them';
answers_meanwhile('twenty half heads again', $httpd, '/quick', '/quick', $quick);
$clients[$_]->send(substr $head, 10) for 40 .. 59;
@wrong = grep { said($clients[$_]) ne '/half/NUMBER?with=a&query' } 40 .. 59;
is_deeply \@wrong, [], 'and these are ended, too';

# Many requests byte by byte on one connection.
$quick->send_split("GET /split/$_ HTTP/1.1\r\nHost: h\r\n\r\n") for 1 .. 10;
is said($quick), "/split/$_" for 1 .. 10;

# Some hang up.
$_->send('GET /gone HT') for @clients;
$_->reset for @clients[0 .. 29];
$_->close for @clients[30 .. 59];
answers_meanwhile('all have gone', $httpd, '/quick', '/quick', $quick);
is scalar(grep { /gone/ } $backend->request_lines), 0;

done_testing;
