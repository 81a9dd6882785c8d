use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: nobody says so' unless is_ours();

# Keys that only backends of AJP, FastCGI and mod_proxy_fdpass have a use for: whoever gives them a value reads at start
# that it has no effect. A default that is written down is nothing to tell.
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /on/   http://127.0.0.1:1/ flushpackets=on
ProxyPass /auto/ http://127.0.0.1:2/ flushpackets=auto flushwait=20
ProxyPass /own/  http://127.0.0.1:3/ flusher=own
ProxyPass /word/ http://127.0.0.1:4/ secret=word
ProxyPass /same/ http://127.0.0.1:5/ flushpackets=off flushwait=10 flusher=flush
ProxyPass /zero/ http://127.0.0.1:6/ flushwait=0
<Proxy balancer://cluster>
    BalancerMember http://127.0.0.1:7 flushpackets=on
</Proxy>
ProxyPass /many/ balancer://cluster/
CONF

my @said = $httpd->error_log =~ m{CXP0111: http://127\.0\.0\.1:(\d+)\S* \(\S+:\d+\): (\w+) is set and does not act yet}g;
my %keys;
while (my ($port, $key) = splice @said, 0, 2) { push $keys{$port}->@*, $key }
is_deeply \%keys, {
    1 => ['flushpackets'],
    2 => ['flushpackets', 'flushwait'],
    3 => ['flusher'],
    4 => ['secret'],
    7 => ['flushpackets'],
}, 'each where it is given' or diag $httpd->error_log;

done_testing;
