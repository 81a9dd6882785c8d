use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Wait qw(wait_for);

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(modules => [qw(status)], config => <<"CONF");
ProxyStatus On
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b loadfactor=2.5 status=+H redirect=ra lbset=1
    ProxySet stickysession=SID|sid timeout=3
</Proxy>
ProxyPass /status !
ProxyPass / balancer://cluster/
<Location /status>
    SetHandler server-status
</Location>
<VirtualHost *:__PORT__>
    ServerName on.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName off.test
    ProxyStatus Off
</VirtualHost>
CONF

is $httpd->get('/x', Host => 'on.test')->status, 200 for 1 .. 2;
wait_for(sub { $httpd->answer('/status?auto', Host => 'on.test') =~ /Worker\[0\]Busy: 0$/m }, 5);
my $page = $httpd->answer('/status', Host => 'on.test');
like $page, qr{<h1>Proxy LoadBalancer Status for balancer://cluster</h1>};

sub rows ($html) { map { [map { s/^\s+|\s+$//gr } m{<t[dh]>(.*?)</t[dh]>}g] } $html =~ m{<tr>(.*?)</tr>}sg }
my ($balancer, $members) = $page =~ m{<h1>Proxy Load.*?<table border="0">(.*?)</table>.*?<table border="0">(.*?)</table>}s;
is_deeply [map { s/^\s+|\s+$//gr } $balancer =~ m{<t[hd]>(.*?)</t[hd]>}g], [qw(SSes Timeout Method), 'SID | sid', 3, 'byrequests'];
my ($head, $first, $second) = rows($members);
is_deeply $head, [qw(Sch Host Stat Route Redir F Set Acc Busy Wr Rd)];
is_deeply [@$first[0 .. 8]], ['http', '127.0.0.1', 'Init Ok', 'ra', '', '1.00', 0, 2, 0];
is_deeply $second, ['http', '127.0.0.1', 'Init Stby Ok', '', 'ra', '2.50', 1, 0, 0, 0, 0];
like $page, qr{<tr><th>$_</th>}, "the legend knows $_" for qw(SSes Timeout Sch Host Stat Route Redir F Acc Wr Rd);

my $auto = $httpd->answer('/status?auto', Host => 'on.test');
like $auto, qr/^ProxyBalancer\[0\]Name: balancer:\/\/cluster\nProxyBalancer\[0\]Worker\[0\]Name: http:\/\/$a\n/m;
my %auto = $auto =~ /^ProxyBalancer\[0\]Worker\[0\](\w+): (.*)$/mg;
is_deeply \%auto, { Name => "http://$a", Status => 'Init Ok ', Elected => 2, Busy => 0, Sent => '0K', Rcvd => '0K' };

unlike $httpd->answer('/status', Host => 'off.test'), qr/Proxy LoadBalancer/, 'ProxyStatus Off';

done_testing;
