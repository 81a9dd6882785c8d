use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::HealthCheck;
use CxxProxy::Wait qw(await);
use JSON::PP qw(decode_json);

# Only mod_cxxproxy has these figures: the file names no stock modules, and the test is skipped there.
my ($one, $two) = map { CxxProxy::HealthCheck->member($_) } qw(one two);
my $site = CxxProxy::Example->open('metrics.conf')->start(
    { '10.0.0.11:8080' => $one, '10.0.0.12:8080' => $two, '192.168.1.9' => '127.0.0.9', 'hcinterval=5' => 'hcinterval=100ms' });
my $monitor = $site->client_with(from => '127.0.0.9');

is $site->answer($_), 403, "$_ is not for everybody" for qw(/metrics /balancer /balancer?json=1);
$site->get('/') for 1 .. 4;
is((grep { !/health/ } map { $_->{head} } $one->requests)[0] =~ /^Host: (.*?)\r$/m && $1, 'www.example.org', 'the name of the site');
my $text = '';
my $counted = sub ($member) { $text =~ /^cxxproxy_member_requests_total\{[^}]*member="http:\/\/\Q$member\E"[^}]*\} 2$/m };
await('the counts', sub { $text = $monitor->answer('/metrics'); $counted->($one) && $counted->($two) });
like $text, qr/^cxxproxy_member_up\{[^}]*balancer="balancer:\/\/site"[^}]*\} 1$/m, 'figures for Prometheus';
like $text, qr/# EOF\n\z/, 'to their end';

my $seen = decode_json($monitor->answer('/balancer?json=1'));
is scalar @{ $seen->{balancers}[0]{workers} // [] }, 2, 'and as JSON' or diag $monitor->answer('/balancer?json=1');
my $manager = $monitor->manager('/balancer');
$manager->change(b => 'site', w => "http://$one", w_status_D => 1, nonce => $_) for '', 'None', $manager->nonce('site');
unlike $manager->member('site', "http://$one")->{status}, qr/Dis/, 'nothing can be changed';

$one->sick;
await('the check to fail', sub { $monitor->answer('/metrics') =~ /^cxxproxy_member_up\{[^}]*member="http:\/\/$one"[^}]*\} 0$/m });
pass 'a member that fails its checks is seen';

done_testing;
