use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# New: `-t -D DUMP_PROXY` shows balancers as they work, and warns of what looks like a mistake.
plan skip_all => "the stock modules have no such dump" unless is_ours();

my $text = CxxProxy::Httpd->ask_about(['-D', 'DUMP_PROXY'], config => <<'CONF');
<Proxy balancer://full>
    BalancerMember http://a.invalid route=a
    BalancerMember http://b.invalid route=b
    ProxySet lbmethod=bybusyness stickysession=ROUTEID|routeid nofailover=On maxattempts=4 timeout=2 growth=3 failonstatus=500,503 forcerecovery=Off nonce=None
</Proxy>
<Proxy balancer://plain>
    BalancerMember http://c.invalid
    BalancerMember http://d.invalid
    ProxySet stickysession=SID
</Proxy>
<Proxy balancer://standbys>
    BalancerMember https://e.invalid status=+H
</Proxy>
ProxyPass /full/  balancer://full/
ProxyPass /empty/ balancer://empty/
ProxyPass /slash  http://s.invalid/
ProxyPass /known/ http://known.invalid/
ProxyPassReverse /known/ http://known.invalid/
ProxyRequests On
CONF

my ($full)  = $text =~ m{^  balancer://full  \S+:\d+\n(.*?)^    Members:}ms or diag $text;
my ($plain) = $text =~ m{^  balancer://plain  \S+:\d+\n(.*?)^    Members:}ms or diag $text;
like $full, qr/^    $_/m, "shows $_" for
    qr/lbmethod\s+bybusyness\s+lbmethod=/, qr/sessions\s+cookie ROUTEID, parameter routeid\s+nofailover=On/,
    qr/further attempts\s+4\s+maxattempts=/, qr/out after status\s+500,503\s+failonstatus=/,
    qr/all out at once\s+503 until one has rested\s+forcerecovery=Off/, qr/waits for a member\s+2 s\s+timeout=/,
    qr/manager\s+may look\s+nonce=None/, qr/room to grow\s+3 members\s+growth=/;
like $plain, qr/^    $_/m, "shows $_" for
    qr/lbmethod\s+byrequests\s+default/, qr/further attempts\s+1\s+one for each other member/,
    qr/all out at once\s+all are tried again\s+default/, qr/manager\s+may change/;

my ($warnings) = $text =~ /^Warnings\n((?:  .*\n)+)/m or diag $text;
like $warnings, qr/^  $_/m, "warns: $_" for
    qr{balancer://plain \(\S+\): stickysession= finds nobody, because no member has a route=},
    qr{balancer://empty \(\S+\): has no members: its requests get 503},
    qr{balancer://standbys \(\S+\): all members are standbys or out of use},
    qr{https://e\.invalid \(\S+\): SSLProxyEngine is not On for it: its requests get 500},
    qr{CXP0104: ProxyPass at \S+: '/slash' and 'http://s\.invalid/' do not end alike},
    qr{\S+: there is no ProxyPassReverse for http://s\.invalid/, so its redirects lead clients there},
    qr{CXP0110: ProxyRequests On is set and does not act yet};
unlike $warnings, qr/known\.invalid|balancer:\/\/full \(/, 'and of nothing that is well';

like +CxxProxy::Httpd->ask_about(['-D', 'DUMP_PROXY'], config => ''),
    qr/^No server has a mapping, a worker or a balancer\.$/m, 'and of nothing at all it says so';
unlike +CxxProxy::Httpd->ask_about([], config => 'ProxyPass / http://x.invalid/'), qr/Mappings/, 'nothing is said unless asked';

done_testing;
