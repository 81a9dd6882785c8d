use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(status_of until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::WatchedMember qw(another_checker checkers until_settled);

# A restart changes the processes, not what is known of members: the new ones go on checking, and none of the old ones does,
# even while it has a request to end.
plan skip_all => "stock modules: a restart forgets what checks have found" if is_stock;

my ($well, $sick, $new) = map { CxxProxy::WatchedMember->start($_, delay => 0.02) } qw(well sick new);
$_->sick for $sick, $new;
my $late = CxxProxy::Backend->start(sub ($connection) {
    $connection->read_request;
    $connection->wait_for_release;
    $connection->reply(200, 'late');
});
sub config ($keys, @more) {
    my $members = join "\n", map { "BalancerMember http://$_ @{[$_->keys]} $keys" } $well, $sick, @more;
    return <<"CONF";
<Proxy balancer://cluster>
    $members
</Proxy>
ProxyPass /late http://$late/
@{[CxxProxy::Manager::in_front]}
CONF
}
my $httpd = CxxProxy::Httpd->start(CxxProxy::WatchedMember->told, children => 2, threads => 4, stack => ['proxy_hcheck'],
    config => config(''));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub status ($member) { status_of($manager, 'cluster', "http://$member") =~ /(HcFl|Ok)/ ? $1 : '' }

until_status($manager, 'cluster', "http://$sick", qr/HcFl/);
$well->wait_for_checks(2);
my $client = $httpd->client;
$client->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
$late->wait_for_requests(1);

my @before;    # the last restart
sub after ($what) {
    is status($sick), 'HcFl', "$what: the state is still known";
    is status($well), 'Ok';
    my $clients = $sick->clients;
    is $httpd->answer('/'), 'well' for 1 .. 3;
    is $sick->clients, $clients, 'the member that is out is left alone';
    another_checker($httpd, @before);
    $well->wait_for_further_checks(3);
}
sub look_who () { @before = $httpd->children }

look_who();
$httpd->graceful;
after('a graceful restart');
for my $round (1 .. 3) {
    look_who();
    $httpd->graceful;
}
after('three at once');

look_who();
$httpd->graceful(config('hcfails=3', $new));
until_status($manager, 'cluster', "http://$new", qr/HcFl/);
after('a graceful restart with another configuration');
cmp_ok scalar($new->checks), '>=', 3, 'by which it judges';

$late->release;
is $client->read_response->body, 'late', 'the long request is answered';

look_who();
$httpd->restart;
after('a hard restart');
$sick->well;
until_status($manager, 'cluster', "http://$sick", qr/Ok/);
is status($sick), 'Ok', 'and it still brings members back';

# Who has made room for another does not check again.
my @turns   = checkers($httpd);
my $changes = grep { $turns[$_] != $turns[$_ - 1] } 1 .. $#turns;
my %all     = map { $_ => 1 } @turns;
is $changes, keys(%all) - 1, 'one process at a time checks';
is $_->most_at_once, 1, 'no two checks of one member at once' for $well, $sick, $new;

until_settled($httpd);
done_testing;
