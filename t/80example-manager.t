use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;
my ($one, $two, $new) = map { CxxProxy::Example->member($_) } qw(one two new);
my $pair = CxxProxy::TlsClient->certificate('www.example.org');
my $site = CxxProxy::Example->open('manager.conf')->start({
    '10.0.0.11:8080' => $one, '10.0.0.12:8080' => $two, '192.168.1.0/24' => '127.0.0.9',
    '/etc/apache2/manager.htpasswd' => '__ROOT__/htpasswd',
    '/etc/ssl/certs/www.example.org.pem' => $pair->{cert}, '/etc/ssl/private/www.example.org.key' => $pair->{key},
}, files => { htpasswd => 'admin:' . crypt('sesame', '$6$saltsalt') . "\n" });
my $page = '/balancer-manager';

is $site->served(4), 'one two', 'the site is for everybody';
is $site->names, 'www.example.org https://www.example.org/there', 'the name of the site';
my $near = $site->client_with(from => '127.0.0.9');
my $asked = $near->get($page);
is $asked->status, 401, 'from the right network, without a password';
is $asked->header('WWW-Authenticate'), 'Basic realm="Balancer"';
is $near->client_with(login => 'admin:guess')->get($page)->status, 401, 'with a wrong one';
isnt $site->client_with(login => 'admin:sesame')->get($page)->status, 200, 'with the right one from another network';

my $manager = $near->client_with(login => 'admin:sesame')->manager($page);
is $manager->get->status, 200, 'with both';
like $manager->member('site', "http://$_")->{status}, qr/^Init Ok/, 'a member' for $one, $two;
$manager->change(b => 'site', w => "http://$one", w_status_D => 1);
$manager->change(b => 'site', b_nwrkr => "http://$new", b_wyes => 1);
$manager->change(b => 'site', w => "http://$new", w_status_D => 0);
is $site->served(4), 'new two', 'one is taken out, one added';
my $open = $site->request(method => 'POST', path => $page, body => 'b=site&w=http%3A%2F%2F' . ($two =~ s/:/%3A/r) . '&w_status_D=1');
isnt $open->status, 200, 'others change nothing';
$site->httpd->stop;
$site->httpd->start_again;
is $site->served(4), 'new two', 'after a stop and a start, too';

done_testing;
