use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

sub have ($program) { scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }
plan skip_all => 'curl with HTTP/2 is needed' unless have('curl') && qx(curl --version) =~ /HTTP2/;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->reply(200, $request->{head} =~ m{/head} ? $request->{head} : "$request->{length} bytes", 'X-Back' => 'yes');
    }
});
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(modules => [qw(http2)], config => <<"CONF");
Protocols h2c http/1.1
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
</Proxy>
ProxyPass /cluster balancer://cluster
ProxyPass / http://$backend/
CONF

my $root = $httpd->root;
sub curl (@arguments) {
    open my $pipe, '-|', 'curl', '-sS', '--max-time', 60, '--http2-prior-knowledge', @arguments or die "curl: $!";
    local $/;
    my $output = <$pipe> // '';
    close $pipe;
    return $output;
}

my $seen = curl($httpd->url('/head?q=1'), '-H', 'X-Mine: 1', '-D', "$root/head");
like $seen, qr{^GET /head\?q=1 HTTP/1\.1\r\nHost: $backend\r\n};
like $seen, qr/^X-Mine: 1\r$/mi;
like $seen, qr/^X-Forwarded-Host: 127\.0\.0\.1:\d+\r$/m;
unlike $seen, qr/^(?:HTTP2-Settings|Upgrade):/mi;
my $head = CxxProxy::Httpd::slurp("$root/head");
like $head, qr{^HTTP/2 200};
like $head, qr/^x-back: yes\r$/mi;

$httpd->write_file('upload', 'u' x 300_000);
is curl($httpd->url('/up'), '--data-binary', "\@$root/upload"), '300000 bytes', 'an upload';
is curl($httpd->url('/up'), '--data-binary', ''), '0 bytes';
SKIP: {
    skip 'h2load is needed', 2 unless have('h2load');
    my $url = $httpd->url('/cluster');
    like scalar qx(h2load -n 20 -c 1 -m 10 $url 2>&1), qr/20 succeeded, 0 failed/, 'ten streams at once';
    is_deeply [map { scalar(my @all = $_->requests) } $a, $b], [10, 10], 'shared out';
}
like curl('-I', $httpd->url('/head')), qr{^HTTP/2 200}, 'HEAD';

done_testing;
