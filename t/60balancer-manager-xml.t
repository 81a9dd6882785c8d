use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Wait qw(await);

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra timeout=7 acquire=200 keepalive=on retry=5 connectiontimeout=250ms disablereuse=on max=3 smax=2 ttl=9
    BalancerMember http://$b loadfactor=2.5 status=+H redirect=ra lbset=3
    ProxySet stickysession=SID timeout=3 nofailover=On
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
is $httpd->get('/x')->status, 200;
await('the end of the request', sub { $manager->row("http://$a")->{Busy} == 0 });

my $response = $manager->get('?xml=1');
is $response->header('Content-Type'), 'text/xml';
like $response->body, qr{^<\?xml version='1\.0' encoding='UTF-8' \?>\n<httpd:manager xmlns:httpd='http://httpd\.apache\.org'>\s*<httpd:balancers>\s*<httpd:balancer>};

my $balancer = $manager->balancer('cluster');
my $members  = delete $balancer->{members};
like delete $balancer->{nonce}, qr/^[-0-9a-f]{36}$/;
is_deeply $balancer, { name => 'cluster', stickysession => 'SID', nofailover => 'On', timeout => 3, maxattempts => 1,
    lbmethod => 'byrequests', scolonpathdelim => 'Off' };

my $first = $members->{"http://$a"};
ok delete $first->{$_}, $_ for qw(transferred read);
is_deeply $first, { name => "http://$a", scheme => 'http', hostname => '127.0.0.1', loadfactor => '1.00', port => $a->port,
    min => 0, smax => 2, max => 3, ttl => 9, timeout => 7, acquire => 200, keepalive => 'On', status => 'Init Ok ', retries => 0, lbstatus => 0,
    elected => 1, route => 'ra', redirect => '', busy => 0, lbset => 0, disablereuse => 'On', connectiontimeout => 250, retry => 5 };

my $second = $members->{"http://$b"};
is $second->{status}, 'Init Stby Ok ';
is $second->{loadfactor}, '2.50';
is $second->{redirect}, 'ra';
is $second->{lbset}, 3;
is $second->{transferred}, 0;
is $second->{timeout}, undef, 'what is not set is not told';

my @order = $response->body =~ m{<httpd:(\w+)>[^<]}g;
is "@order", 'balancers balancer name nonce stickysession nofailover timeout maxattempts lbmethod scolonpathdelim workers '
    . 'worker name scheme hostname loadfactor port min smax max ttl timeout acquire keepalive status retries lbstatus loadfactor '
    . 'transferred read elected route busy lbset disablereuse connectiontimeout retry '
    . 'worker name scheme hostname loadfactor port min smax max ttl status retries lbstatus loadfactor transferred read elected redirect busy lbset',
    'the elements and their order';

done_testing;
