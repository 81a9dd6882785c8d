use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;

my $app = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $own  = 'http://127.0.0.1:' . $connection->socket->sockport;
        my $path = (split ' ', $request->{head})[1];
        $path eq '/old' ? $connection->reply(302, '', Location => "$own/new") : $connection->reply(200, "app $path");
    }
});
my $debian = "<Directory />\nOptions FollowSymLinks\nAllowOverride All\nRequire all denied\n</Directory>";    # but for All
my $rules = CxxProxy::Example->part('htaccess-rules.htaccess', { '10.0.0.11:8080' => $app });
my $site  = CxxProxy::Example->open('htaccess.conf')->start(
    { '10.0.0.11:8080' => $app, '/var/www/example' => '__ROOT__/site' }, around => $debian,
    files => { 'site/.htaccess' => $rules, 'site/file.txt' => 'a file', 'site/page/there' => 'a file, too', 'site/page/folder/x' => '',
        'site/more/.htaccess' => "ErrorDocument 404 mine\n" });

is $site->answer('/file.txt'), 'a file', 'files are served';
is $site->answer('/page/there'), 'a file, too';
unlike $site->answer('/page/folder'), qr/^app/, 'and so are directories';
is $site->answer('/page/news'), 'app /page?name=news', 'what is no file comes from the application';
is $site->answer('/api/x/y?z=1'), 'app /x/y?z=1', 'so does all of a path';
is $site->get('/api/old')->header('Location'), 'http://www.example.org/api/new', 'redirects stay at the site';
is $site->answer('/page/..%2Fx'), 404, 'nothing else';
is $site->answer('/api/http://127.0.0.1:1/'), 'app /http:/127.0.0.1:1/', 'the host is not the client\'s to choose';
is $site->get('/more/x')->status, 500, 'no other directive may stand in a .htaccess';
is $app->connection_count, 1, 'the connection is kept';

done_testing;
