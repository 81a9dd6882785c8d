use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Authority;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(wait_for);

# Members of both schemes in one balancer; and what a member costs that is refused: one request, with 500, and then the others
# serve.
plan skip_all => CxxProxy::Authority->missing if CxxProxy::Authority->missing;

my $ca     = CxxProxy::Authority->new('Test Authority');
my $member = sub ($name, %certificate) { CxxProxy::Backend->named($name, tls => $ca->certificate(%certificate)) };
my $one    = $member->('one', san => 'DNS:localhost');
my $two    = $member->('two', san => 'DNS:localhost');
my $plain  = CxxProxy::Backend->named('plain');
my $wrong  = $member->('wrong', san => 'DNS:elsewhere.test');
my $down   = CxxProxy::Backend->closed;
my $silent = CxxProxy::Backend->start(sub ($connection) { $connection->wait_for_close });
my ($first, $second, $third) = map { $_->port } $one, $two, $wrong;
my $httpd = CxxProxy::Httpd->start(modules => [qw(ssl socache_shmcb)], config => <<"CONF");
SSLProxyEngine On
<Proxy balancer://mixed>
    BalancerMember https://localhost:$first
    BalancerMember http://$plain
    BalancerMember https://localhost:$second
</Proxy>
<Proxy balancer://down>
    BalancerMember https://$down
    BalancerMember https://localhost:$first/down
</Proxy>
<Proxy balancer://wrong>
    BalancerMember https://localhost:$third
    BalancerMember https://localhost:$first/wrong
</Proxy>
<Proxy balancer://ignored>
    BalancerMember https://localhost:$third/ignored status=+I
</Proxy>
<Proxy balancer://silent>
    BalancerMember https://$silent timeout=1
    BalancerMember https://localhost:$first/silent
</Proxy>
<Proxy balancer://closed>
    SSLProxyEngine Off
    BalancerMember https://localhost:$first/closed
    BalancerMember http://$plain/closed
</Proxy>
ProxyPass /mixed   balancer://mixed
ProxyPass /down    balancer://down
ProxyPass /wrong   balancer://wrong
ProxyPass /ignored balancer://ignored
ProxyPass /silent  balancer://silent
ProxyPass /closed  balancer://closed
ProxyPass /alone   https://localhost:$third/alone retry=3600
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $status  = sub ($balancer, $nth = 0) {
    my $members = $manager->balancer($balancer)->{members};
    my ($found) = grep { index($_, [$third, $down->port, $silent->port, $first]->[$nth]) >= 0 } keys %$members;
    return $members->{$found}{status};
};

my %served;
$served{ $httpd->answer('/mixed/x') }++ for 1 .. 12;
is_deeply \%served, { one => 4, plain => 4, two => 4 }, 'members of both schemes share the work';

is $httpd->answer('/down/x'), 'one', 'a member that cannot be reached costs no request';
like $status->('down', 1), qr/Err/, 'it is in error';

is $httpd->answer('/wrong/x'), 500, 'one that is refused costs one';
like $status->('wrong'), qr/Err/, 'it is in error';
is $httpd->answer('/wrong/x'), 'one', 'and the other serves' for 1 .. 4;

is $httpd->answer('/ignored/x'), 500, 'with status=+I' for 1 .. 2;
unlike $status->('ignored'), qr/Err/, 'it is not in error';

is $httpd->answer('/silent/x'), 500, 'one that does not shake hands in time';
like $status->('silent', 2), qr/Err/, 'is in error';
is $httpd->answer('/silent/x'), 'one', 'and the other serves';

is $httpd->answer('/closed/x'), 500, 'without SSLProxyEngine';
like $status->('closed', 3), qr/Err/, 'an https:// member is in error';
is $httpd->answer('/closed/x'), 'plain', 'and an http:// one serves';
like $httpd->error_log, qr/AH00961: .*failed to enable ssl support for/, 'which the log says';
like $httpd->error_log, qr/AH00961: .*Put "SSLProxyEngine On" into the virtual host/, 'with what to do' if is_ours();

is $httpd->answer('/alone/x'), 500, 'a member that stands alone is asked again' for 1 .. 2;
done_testing;
