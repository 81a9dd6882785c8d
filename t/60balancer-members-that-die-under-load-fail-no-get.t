use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(in_processes seconds_for);
use CxxProxy::Httpd;
use CxxProxy::RawClient;
use CxxProxy::Stack qw(is_ours is_sanitized);
use CxxProxy::Wait qw(wait_for);

plan skip_all => 'stock modules: a request on its way to a member that dies fails' unless is_ours();

my @members = map { CxxProxy::Backend->named($_) } qw(a b c);
my $httpd   = CxxProxy::Httpd->start(children => 2, config => <<"CONF");
AsyncRequestWorkerFactor 100
KeepAliveTimeout 60
MaxKeepAliveRequests 0
<Proxy balancer://cluster>
    @{[join "\n    ", map { "BalancerMember http://$_ retry=1" } @members]}
</Proxy>
ProxyPass / balancer://cluster/
CONF

# Half of the clients keep their connections.
sub keep_asking ($number, $end) {
    my ($client, $asked, @failed);
    until (-e $end) {
        $client = CxxProxy::RawClient->connect($httpd->port) unless $client && $number % 2;
        my $response = eval { $client->request(path => '/' . ++$asked) };
        next if $response && $response->status == 200 && $response->complete;
        push @failed, "$asked: " . ($response ? $response->status : "no answer $@");
        $client = undef;
    }
    return { asked => $asked, failed => \@failed };
}

my $end     = $httpd->root . '/run/enough';
my $deaths  = is_sanitized() ? 3 : 6;
my @results = in_processes(6, sub ($number) { keep_asking($number, $end) }, sub {
    my $served = sub { my $sum = 0; $sum += $_->requests for @members; $sum };
    for my $round (1 .. $deaths) {
        my $victim = $members[$round % @members];
        my $before = $victim->requests;
        wait_for(sub { $victim->requests > $before + 20 }, 10);    # it is in the midst of them
        $victim->go_down;
        my $then = $served->();
        wait_for(sub { $served->() > $then + 300 }, 10);
        $victim->come_up;
    }
    $httpd->write_file('run/enough', '');
});
my $asked = 0;
$asked += $_->{asked} // 0 for @results;
is_deeply [map { ($_->{died} // (), @{ $_->{failed} // [] }) } @results], [], "none of $asked requests has failed while members died $deaths times";
cmp_ok $asked, '>', 300 * $deaths, 'and there were many';

# All are down: whoever asks hears of it at once.
$_->go_down for @members;
my @seconds;
for my $try (1 .. 5) {
    push @seconds, seconds_for(sub { is $httpd->get("/down/$try")->status, 503, 'nobody is there' });
}
cmp_ok $_, '<', 2, 'which is said at once' for @seconds;
$_->come_up for @members;
ok wait_for(sub { $httpd->get('/again')->status == 200 }, 10), 'and all is well again when they are back';

done_testing;
