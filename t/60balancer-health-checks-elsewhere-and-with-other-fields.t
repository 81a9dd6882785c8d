use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_stock);

# hcport= asks at another port of the member's host, hchost= says another Host, hcheader= adds fields, hctimeout= is how long
# a check may take in all.
plan skip_all => 'stock modules: no such keys' if is_stock;

my $serves = CxxProxy::HealthCheck->member('serves');
my $serves_too = CxxProxy::HealthCheck->member('serves');
my %asked  = map { ($_ => CxxProxy::HealthCheck->member($_)) } qw(port host name connect late);
my $port   = sub ($name) { $asked{$name}->port };
my %member = (
    port    => ["http://$serves",                                 "@{[$asked{port}->keys]} hcport=@{[$port->('port')]}"],
    host    => ["http://$serves",                                 "@{[$asked{host}->keys('HEAD11')]} hcport=@{[$port->('host')]} hchost=checks.test:81 hcheader=X-One:1 \"hcheader=X-Two: a b\""],
    name    => ['http://localhost:' . $serves->port . '/app',     "@{[$asked{name}->keys]} hcport=@{[$port->('name')]} hcheader=Authorization:none"],
    connect => ["http://$serves",                                 "hcmethod=TCP hcinterval=100ms hcport=@{[$port->('connect')]}"],
    late    => ["http://$serves_too",                             "@{[$asked{late}->keys]} hcport=@{[$port->('late')]} hctimeout=1s timeout=60"],
);
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", (map { <<"CONF" } sort keys %member),
<Proxy balancer://$_>
    BalancerMember $member{$_}[0] $member{$_}[1]
</Proxy>
ProxyPass /$_/ balancer://$_/
CONF
    '<Location /manager>', 'SetHandler balancer-manager', '</Location>');
my $manager = CxxProxy::Manager->new($httpd, '/manager');

$asked{$_}->wait_for_checks(2) for qw(port host name late);
my %head = (
    port => "GET /health HTTP/1.0\r\nHost: 127.0.0.1:@{[$port->('port')]}\r\n\r\n",
    host => "HEAD /health HTTP/1.1\r\nHost: checks.test:81\r\nX-One: 1\r\nX-Two: a b\r\n\r\n",
    name => "GET /app/health HTTP/1.0\r\nHost: localhost:@{[$port->('name')]}\r\nAuthorization: none\r\n\r\n",
);
is +($asked{$_}->checks)[0], $head{$_}, "$_: what is asked" for sort keys %head;
is $httpd->answer("/$_/"), 'serves', "$_: who serves is another" for sort keys %member;
is scalar($serves->checks), 0, 'who is not asked';

$asked{port}->sick;
$asked{host}->sick;
$asked{name}->go_down;
$asked{connect}->go_down;
$asked{late}->checks_get(CxxProxy::HealthCheck::SILENCE);
until_status($manager, $_, $member{$_}[0], qr/HcFl/) for sort keys %member;
is $httpd->get("/$_/")->status, 503, "$_: counts, though the member itself is well" for sort keys %member;
like $httpd->error_log, qr/DISABLING \Q$member{late}[0]\E of balancer:..late: not done within 1000 ms/, 'and a check has its time';

$asked{$_}->come_up for qw(name connect);
$_->well for values %asked;
until_status($manager, $_, $member{$_}[0], qr/Ok/) for sort keys %member;
is $httpd->answer("/$_/"), 'serves', "$_: back" for sort keys %member;

done_testing;
