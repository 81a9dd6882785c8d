use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::WatchedMember qw(until_settled);

# hcwait=on: no request gets to a member before its first check has passed, at the start of the server and where a new
# configuration brings the member; one pass is enough for that. Who was known goes on serving.
plan skip_all => 'stock modules: no hcwait=' if is_stock;

my ($one, $two, $three) = map { CxxProxy::WatchedMember->start($_) } qw(one two three);
$one->checks_get(CxxProxy::HealthCheck::SILENCE);
$_->checks_get(CxxProxy::HealthCheck::HANGS_UP) for $two, $three;
sub config (@members) {
    my $lines = join "\n", map { "BalancerMember http://$_ @{[$_->keys]} hcwait=on hcpasses=3 hctimeout=1s" } @members;
    return "<Proxy balancer://cluster>\n$lines\n</Proxy>\n@{[CxxProxy::Manager::in_front]}\n";
}
my $httpd   = CxxProxy::Httpd->start(children => 2, threads => 8, stack => ['proxy_hcheck'], config => config($one, $two));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub who ($count = 12) { my %seen; $seen{ $httpd->answer('/') }++ for 1 .. $count; return join ' ', sort keys %seen }

is who, '503', 'nobody has been checked yet';
$_->wait_for_checks(2) for $one, $two;
is who, '503', 'nor passed';
$one->well;
until_status($manager, 'cluster', "http://$one", qr/Ok/);
is who, 'one', 'the first who passes serves';
is $one->checks_get(answer(500)) && $two->clients, 0, 'the other has had no request';
until_status($manager, 'cluster', "http://$one", qr/HcFl/);
$one->well;
$two->sick;
$two->wait_for_further_checks(2);
is $two->clients, 0, 'not passed is not passed';
$two->well;
until_status($manager, 'cluster', "http://$_", qr/Ok/) for $one, $two;
is who, 'one two', 'then it serves, too';

$httpd->graceful(config($one, $two, $three));
is who, 'one two', 'after a graceful restart the known ones go on, the new one waits';
$three->wait_for_checks(2);
is who, 'one two';
is $three->clients, 0;
$three->well;
until_status($manager, 'cluster', "http://$three", qr/Ok/);
is who, 'one three two', 'until it has passed';

$three->sick;
until_status($manager, 'cluster', "http://$three", qr/HcFl/);
$httpd->graceful;
is who, 'one two', 'a member that was found bad is so after a restart';

until_settled($httpd);
done_testing;
