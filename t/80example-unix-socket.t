use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;

my $api = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ m{^\S+ (\S+)};
        $path eq '/old' ? $connection->reply(302, '', Location => 'http://localhost/new')
                        : $connection->reply(200, "api $path " . ($request->{head} =~ /^Host: (.*?)\r$/m)[0]);
    }
}, unix => 1);
my ($one, $two) = map { CxxProxy::Backend->named($_, unix => 1) } qw(one two);
my $site = CxxProxy::Example->open('unix-socket.conf')->start({
    '/run/api/http.sock' => $api->path, '/run/site/1.sock' => $one->path, '/run/site/2.sock' => $two->path,
});

is $site->answer('/api/x?y'), 'api /x?y www.example.org', 'one application, under the name of the site';
is $site->get('/api/old')->header('Location'), 'http://www.example.org/api/new', 'its redirect stays at the site';
is $site->served(4), 'one two', 'the other one by both its processes';
$one->go_down;
is $site->served(4), 'two', 'and by one of them';

done_testing;
