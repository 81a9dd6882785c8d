use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::HealthCheck qw(answer until_status);
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours per_stack);

# Templates and expressions of a virtual host are its own, and two hosts may use a name for different things. With ours a host
# also knows those of the main server, unless it has its own of that name; with stock that is an error of the configuration.
my ($one, $two, $three) = map { CxxProxy::HealthCheck->member($_) } qw(one two three);
my $host = sub ($name, @lines) { CxxProxy::Httpd->virtual_host(undef, "ServerName $name.test", @lines) };
my @main = ('ProxyHCExpr here {hc(\'body\') =~ /main/}', 'ProxyHCTemplate soon hcmethod=GET hcinterval=100ms hcuri=/main/health hcexpr=here');
my $with = sub ($member, $keys) { ('<Proxy balancer://cluster>', "BalancerMember http://$member $keys", '</Proxy>', 'ProxyPass / balancer://cluster/') };
my @manager = ('ProxyPass /manager !', '<Location /manager>', 'SetHandler balancer-manager', '</Location>');

for my $case (['a template', 'hctemplate=soon'], ['an expression', 'hcexpr=here']) {
    my ($what, $key) = @$case;
    my ($accepted) = CxxProxy::Httpd->check(stack => ['proxy_hcheck'], config => join "\n", @main, $host->('a', $with->($one, $key)));
    is $accepted, per_stack(stock => 0, ours => 1), "$what of the main server in a virtual host";
    ($accepted) = CxxProxy::Httpd->check(stack => ['proxy_hcheck'], config => join "\n", $host->('a', @main, $with->($one, $key)));
    is $accepted, 1, "$what of its own";
    ($accepted) = CxxProxy::Httpd->check(stack => ['proxy_hcheck'],
        config => join "\n", $host->('a', @main), $host->('b', $with->($one, $key)));
    is $accepted, 0, "$what of another virtual host";
    ($accepted) = CxxProxy::Httpd->check(stack => ['proxy_hcheck'], config => join "\n", $host->('a', @main), $with->($one, $key));
    is $accepted, 0, "$what of a virtual host in the main server";
    ($accepted) = CxxProxy::Httpd->check(stack => ['proxy_hcheck'], config => join "\n", $with->($one, $key), @main);
    is $accepted, 0, "$what that comes later";
}

$_->checks_get(answer(200, 'says a')) for $one, $two, $three;
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => join "\n", @main,
    $host->('a', 'ProxyHCExpr here {hc(\'body\') =~ /says a/}', 'ProxyHCTemplate soon hcmethod=GET hcinterval=100ms hcuri=/a/health hcexpr=here',
        @manager, $with->($one, 'hctemplate=soon')),
    $host->('b', 'ProxyHCExpr here {hc(\'body\') =~ /says b/}', 'ProxyHCTemplate soon hcmethod=GET hcinterval=100ms hcuri=/b/health hcexpr=here',
        @manager, $with->($two, 'hctemplate=soon')),
    (is_ours() ? $host->('c', @manager, $with->($three, 'hctemplate=soon')) : ()));
my %of = map { ($_ => CxxProxy::Manager->new($httpd, '/manager', host => "$_.test")) } qw(a b c);

$_->wait_for_checks(2) for $one, $two;
like +($one->checks)[0], qr{^GET /a/health }, 'the template of the first host';
like +($two->checks)[0], qr{^GET /b/health }, 'of the second';
is until_status($of{b}, 'cluster', "http://$two", qr/HcFl/), 'Init HcFl ', 'which has an expression of its own, too';
is until_status($of{a}, 'cluster', "http://$one", qr/Ok/), 'Init Ok ', 'as the first has';
is $httpd->answer('/', Host => 'a.test'), 'one';
is $httpd->answer('/', Host => 'b.test'), 503;
if (is_ours()) {
    is until_status($of{c}, 'cluster', "http://$three", qr/HcFl/), 'Init HcFl ', 'the expression of the main server';
    like +($three->checks)[0], qr{^GET /main/health }, 'and its template';
}

done_testing;
