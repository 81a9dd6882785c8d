use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(wait_for);

# What brings a member into error, and what does not: by the failure, and with status=+I.
my $down = CxxProxy::Backend->closed;
my $good = CxxProxy::Backend->named('good');
my $silent = CxxProxy::Backend->start(sub ($connection) { $connection->read_request and $connection->wait_for_close });
my $hangs  = CxxProxy::Backend->start(sub ($connection) { $connection->read_request; $connection->close });
my $busy   = CxxProxy::Backend->start(sub ($connection) { while ($connection->read_request) { $connection->reply(503, 'busy') } });
my @case = (
    # name, URL and keys of the member, the balancer's keys, the answer, the status afterwards
    ['refuses', "http://$down", '', 503, 'Err'],
    ['refuses-i', "http://$down/i status=+I", '', 503, 'Ign Ok'],
    ['refuses-h', "http://$down/h status=+H", '', 503, 'Err Stby'],
    ['unknown', 'http://no-such-host.invalid', '', 500, 'Err'],
    ['unknown-i', 'http://no-such-host.invalid/i status=+I', '', 500, 'Ign Ok'],
    ['hangs', "http://$hangs", '', 502, 'Ok'],
    ['silent', "http://$silent timeout=1", '', 502, 'Ok'],
    ['silent-f', "http://$silent/f timeout=1", 'failontimeout=On', 502, 'Err'],
    ['silent-fi', "http://$silent/fi timeout=1 status=+I", 'failontimeout=On', 502, 'Ign Ok'],
    ['busy', "http://$busy", '', 503, 'Ok'],
    ['busy-f', "http://$busy/f", 'failonstatus=503', 503, 'Err'],
    ['busy-i', "http://$busy/i status=+I", 'failonstatus=503', 503, 'Ign Ok'],
);
my $config = join '', map { my ($name, $member, $keys) = @$_; <<"CONF" } @case;
<Proxy balancer://$name>
    BalancerMember $member
    @{[$keys ? "ProxySet $keys" : '']}
</Proxy>
ProxyPass /$name balancer://$name
CONF
my $httpd = CxxProxy::Httpd->start(config => $config . <<"CONF");
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
for my $case (@case) {
    my ($name, $member, $keys, $answer, $expected) = @$case;
    is $httpd->get("/$name")->status, $answer, "$name: the answer";
    # A status that is in failonstatus counts when the answer is out.
    my $status = sub { (values %{ $manager->balancer($name)->{members} })[0]{status} };
    wait_for(sub { $status->() eq "Init $expected " }, 5);
    is $status->(), "Init $expected ", "$name: the member";
}
done_testing;
