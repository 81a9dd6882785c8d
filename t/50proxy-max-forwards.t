use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
<VirtualHost *:__PORT__>
    ServerName default.test
    TraceEnable on
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName ten.test
    ProxyMaxForwards 10
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName zero.test
    ProxyMaxForwards 0
</VirtualHost>
CONF

sub answer ($method, $value, $host = 'default.test') {
    my $response = $httpd->request(method => $method, headers => [Host => $host, defined $value ? ('Max-Forwards' => $value) : ()]);
    return $response->status if $response->status ne '200';
    return $response->body =~ /^Max-Forwards: (.*?)\r$/m ? $1 : '-';
}

is answer(GET => undef), '-';
is answer(GET => 10), 9;
is answer(GET => 1), 0;
is answer(GET => 0), 400;
is answer(POST => 0), 400;
is answer(GET => 'many'), 400;
is answer(GET => -1), 400;
is answer(GET => '5x'), 400;
is answer(GET => undef, 'ten.test'), 10, 'ours is not counted down';
is answer(GET => 3, 'ten.test'), 2;
is answer(GET => undef, 'zero.test'), 0;

my $count = $backend->requests;
my $trace = $httpd->request(method => 'TRACE', headers => [Host => 'default.test', 'Max-Forwards' => 0, 'X-Mark' => 1]);
is $trace->status, 200;
is $trace->header('Content-Type'), 'message/http';
like $trace->body, qr{^TRACE / HTTP/1\.1\r\n.*X-Mark: 1}s, 'TRACE is answered here';
my $options = $httpd->request(method => 'OPTIONS', headers => [Host => 'default.test', 'Max-Forwards' => 0]);
is $options->status, 200;
ok $options->header('Allow'), 'OPTIONS, too: ' . ($options->header('Allow') // '');
is scalar(my @all = $backend->requests), $count, 'and neither reached the backend';

is answer(TRACE => 5), 4, 'TRACE with forwards left goes on';
is answer(OPTIONS => 5), 4;

done_testing;
