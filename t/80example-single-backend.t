use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;

my $app = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $own = 'http://127.0.0.1:' . $connection->socket->sockport;
        $request->{head} =~ m{^GET /old } ? $connection->reply(302, '', Location => "$own/new") : $connection->reply(200, $request->{head});
    }
});
my $site = CxxProxy::Example->open('single-backend.conf')->start({ '10.0.0.11:8080' => $app });

my $asked = $site->client_with(from => '127.0.0.7')->answer('/page?x=1');
like $asked, qr{^GET /page\?x=1 HTTP/1\.1\r\n}, 'the application is asked for the same';
like $asked, qr/^Host: www\.example\.org\r$/m, 'under the name of the site';
like $asked, qr/^X-Forwarded-For: 127\.0\.0\.7\r$/m, 'and knows from where';
is $site->get('/old')->header('Location'), 'http://www.example.org/new', 'a redirect stays at the site';

done_testing;
