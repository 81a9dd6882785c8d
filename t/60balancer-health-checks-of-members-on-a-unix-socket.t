use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours per_stack);

# Ours checks such a member where its clients get theirs, at the socket. Stock looks for it at the host and port of the URL behind
# the bar, where nobody need be.
my ($one, $two, $tcp)   = map { CxxProxy::HealthCheck->member($_, unix => 1) } qw(one two tcp);
my ($there, $elsewhere) = map { CxxProxy::HealthCheck->member($_) } qw(there elsewhere);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember unix:@{[$one->path]}|http://$there/app @{[$one->keys]} route=one
    BalancerMember unix:@{[$tcp->path]}|http://$there/tcp hcmethod=TCP hcinterval=100ms route=tcp
</Proxy>
<Proxy balancer://other>
    BalancerMember unix:@{[$two->path]}|http://$elsewhere @{[$two->keys('OPTIONS')]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url     = sub ($socket, $rest) { "unix:" . $socket->path . "|http://$rest" };

my ($checked, $at) = per_stack(stock => [$there, $elsewhere], ours => [$one, $two])->@*;
$_->wait_for_checks(2) for $checked, $at;
is +($checked->checks)[0], 'GET ' . per_stack(stock => '/app//health', ours => '/app/health') . " HTTP/1.0\r\nHost: $there\r\n\r\n", 'GET';
is +($at->checks)[0], "OPTIONS * HTTP/1.0\r\nHost: $elsewhere\r\n\r\n", 'OPTIONS';
is scalar $_->checks, 0, 'no check went elsewhere' for per_stack(stock => [$one, $two], ours => [$there, $elsewhere])->@*;

$checked->sick;
is until_status($manager, 'cluster', $url->($one, "$there/app"), qr/HcFl/), 'Init HcFl ', 'it leaves';
is $httpd->answer('/'), 'tcp', 'the other serves';
$checked->well;
is until_status($manager, 'cluster', $url->($one, "$there/app"), qr/Ok/), 'Init Ok ', 'it comes back';

if (is_ours()) {
    $_->go_down for $one, $tcp;
    is until_status($manager, 'cluster', $url->($one, "$there/app"), qr/HcFl/), 'Init HcFl ', 'no socket: GET fails';
    is until_status($manager, 'cluster', $url->($tcp, "$there/tcp"), qr/HcFl/), 'Init HcFl ', 'TCP fails';
    $_->come_up for $one, $tcp;
    is until_status($manager, 'cluster', $url->($tcp, "$there/tcp"), qr/Ok/), 'Init Ok ', 'TCP finds it again';
    is until_status($manager, 'cluster', $url->($one, "$there/app"), qr/Ok/), 'Init Ok ', 'and GET';
}

done_testing;
