use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;

# With no health checks in the server the page has no columns of them, and their parameters change nothing.
my $backend = CxxProxy::Backend->named('a');
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $url     = "http://$backend";

unlike $manager->html, qr/HC (?:Method|Interval|uri|Expr)|Passes|Health check cond/i, 'no columns and no table of expressions';
unlike $manager->xml, qr/httpd:hc|healthcheck/i, 'nor in the XML';
my $form = $manager->html("?b=cluster&w=$url&nonce=" . $manager->nonce('cluster'));
unlike $form, qr/name=['"]?w_h[mipfue]\b/, 'nor in the form of a member';

my $before = $manager->member('cluster', $url);
my $answer = $manager->change(b => 'cluster', w => $url, w_hm => 'GET', w_hi => 200, w_hp => 7, w_hf => 7, w_hu => '/health', w_he => 'in');
is $answer->status, 200, 'their parameters are no error';
is_deeply $manager->member('cluster', $url), $before, 'and change nothing';
is $manager->change(b => 'cluster', w => $url, w_hu => '/health', w_wr => 'one')->status, 200;
is $manager->member('cluster', $url)->{route}, 'one', 'what comes beside them counts';
is $httpd->answer('/'), 'a', 'the member serves';
done_testing;
