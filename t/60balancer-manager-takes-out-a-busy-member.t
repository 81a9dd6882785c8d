use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(per_stack);
use CxxProxy::Wait qw(await);

# Taking a member out touches nothing that is under way there.
sub holding ($name) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            $connection->wait_for_release if $request->{head} =~ m{/hold};
            $connection->reply(200, $name);
        }
    });
}
my ($a, $b) = map { holding($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(children => 2, config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b route=rb
    ProxySet stickysession=SID
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
sub change (%what) { $manager->change(b => 'cluster', w => "http://$a", %what) }
sub served ($count, @headers) { join '', map { $httpd->answer('/', @headers) } 1 .. $count }
my @session = (Cookie => 'SID=x.ra');

my @held = map { $httpd->client } 1 .. 3;
$_->send("GET /hold HTTP/1.1\r\nHost: h\r\nCookie: SID=x.ra\r\n\r\n") for @held;
$a->wait_for_requests(3);
is $manager->row("http://$a")->{Busy}, 3;

change(w_status_N => 1);
is served(4), 'bbbb', 'drained: nothing new';
is served(3, @session), 'aaa', 'but sessions';
change(w_status_S => 1);
is served(4, @session), 'bbbb', 'stopped: no sessions either';
change(w_status_S => 0, w_status_N => 0, w_status_D => 1);
is served(4, @session), 'bbbb', 'disabled: neither';
is $manager->row("http://$a")->{Busy}, 3, 'what it has it keeps';
$a->release;
is $_->read_response->body, 'a', 'and answers' for @held;
await('its last request to end', sub { $manager->row("http://$a")->{Busy} == 0 });
is $manager->row("http://$a")->{Status}, 'Init Dis', 'it is free, and still out';
my $before = $manager->row("http://$a")->{Elected};
served(4);
is $manager->row("http://$a")->{Elected}, $before;
change(w_status_D => 0);
is served(2, @session), 'aa', 'and back';

done_testing;
