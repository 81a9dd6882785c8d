use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::HealthCheck qw(answer);
use CxxProxy::Wait qw(wait_for);

my ($one, $two) = map { CxxProxy::HealthCheck->member($_)->checks_get(answer(200, 'UP')) } qw(one two);
my $third = CxxProxy::Example->member('three');
my $site  = CxxProxy::Example->open('health-checks.conf')->start({
    '10.0.0.11:8080' => $one, '10.0.0.12:8080' => $two, '10.0.0.13:8080' => $third, 'hcinterval=5' => 'hcinterval=100ms',
});
sub becomes ($names) { scalar wait_for(sub { $site->served(6) eq $names }) }

is $site->answer('/health'), 403, 'not for clients';
ok becomes('one three two'), 'all are well';
$one->checks_get(answer(503, 'UP'));
ok becomes('three two'), 'without one that says 503';
$two->checks_get(answer(200, 'going DOWN'));
ok becomes('three'), 'without one that does not say that it is up';
is $site->names, 'www.example.org http://www.example.org/there', 'the name of the site';
$one->checks_get(answer(200, 'status: UP'));
ok becomes('one three'), 'one is well again';
my $asked = $third->requests;
$third->go_down;
ok becomes('one'), 'without one that takes no connection';
$third->come_up;
$two->checks_get(answer(200, 'UP'));
ok becomes('one three two'), 'all are back';
like(($one->checks)[0], qr{^GET /health HTTP/1\.[01]\r\n}, 'they were asked so');
my $lines = () = $site->httpd->error_log =~ /AH0330[23]/g;
cmp_ok $lines, '>=', 4, 'the error log tells';
unlike $site->httpd->access_log, qr/" 50\d /, 'no client has seen an error';

done_testing;
