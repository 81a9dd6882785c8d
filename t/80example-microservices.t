use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Example;

my $users = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my $own = 'http://127.0.0.1:' . $connection->socket->sockport;
        $request->{head} =~ m{^POST / }
            ? $connection->reply(201, '', Location => "$own/8", 'Set-Cookie' => 'last=8; path=/')
            : $connection->reply(200, 'users ' . (split ' ', $request->{head})[1]);
    }
});
my ($payments, $rest) = map { CxxProxy::Example->member($_) } qw(payments rest);
my $site = CxxProxy::Example->open('microservices.conf')
    ->start({ '10.0.0.11:8001' => $users, '10.0.0.12:8002' => $payments, '10.0.0.13:8000' => $rest });

is $site->answer('/api/users/7?full'), 'users /7?full', 'a service that knows no path before its own';
is $site->answer('/api/payments/new'), 'payments', 'one with the same path';
like $payments->last_request->{head}, qr{^GET /api/payments/new HTTP};
is $site->names('/api/payments'), 'www.example.org http://www.example.org/api/payments/there', 'under the name of the site';
is $site->names, 'www.example.org http://www.example.org/there';
is $site->answer('/api/other'), 'rest';
is $site->answer('/'), 'rest', 'all else';
is $site->answer('/api/internal/key'), 403, 'nobody is let in from outside';

my $made = $site->request(method => 'POST', path => '/api/users/', body => 'name=x');
is $made->header('Location'), 'http://www.example.org/api/users/8', 'a redirect has the path';
is $made->header('Set-Cookie'), 'last=8; path=/api/users/', 'and so has a cookie';

$payments->go_down;
is $site->answer('/api/payments/new'), 503, 'a service that is down';
is join(', ', map { $site->answer($_) } qw(/api/users/7 /)), 'users /7, rest', 'is missed only there';

done_testing;
