use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(wait_for);

plan skip_all => 'stock modules: they do not log changes' unless is_ours();

# A virtual host's log is a pipe, and its reader has stuck.
my $backend = CxxProxy::Backend->named('a');
my $vhost   = CxxProxy::Httpd->virtual_host(stuck => 'ErrorLog "|/bin/sh -c \'until [ -e __ROOT__/run/go ]; do sleep 0.1; done; exec cat >/dev/null\'"');
my $httpd   = CxxProxy::Httpd->start(ports => ['stuck'], config => <<"CONF");
BalancerPersist On
<Proxy balancer://cluster>
    BalancerMember http://$backend
    ProxySet nonce=sesame
</Proxy>
@{[CxxProxy::Manager::in_front]}
$vhost
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

sub post_there ($nonce, $timeout) {
    my $client = CxxProxy::RawClient->connect($httpd->port('stuck'));
    my $body   = "b=cluster&nonce=$nonce&b_tmo=$timeout";
    my $host   = 'proxy.test:' . $httpd->port('stuck');
    $client->send("POST /manager HTTP/1.1\r\nHost: $host\r\nConnection: close\r\nReferer: http://$host/" . ('x' x 4000)
            . "\r\nContent-Length: " . length($body) . "\r\n\r\n$body");
    return $client;
}
sub timeout () { $manager->balancer('cluster')->{timeout} }

my @waiting;
for (1 .. 40) {
    push @waiting, my $client = post_there('wrong', 1);
    last unless $client->can_read(2);
}
cmp_ok scalar(@waiting), '<', 40, 'its requests wait for the log';
push @waiting, post_there('sesame', 5);
ok wait_for(sub { timeout == 5 }), 'what is changed there is in force';
is $manager->change(b => 'cluster', nonce => 'sesame', b_tmo => 6)->status, 200, 'others can change something';
is timeout, 6;
is $httpd->answer('/'), 'a';

$httpd->write_file('run/go', '');
$_->read_all for @waiting;
$httpd->graceful;
is timeout, 6, 'and the server restarts';

done_testing;
