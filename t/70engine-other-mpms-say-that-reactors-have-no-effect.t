use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: they have no engine' unless is_ours();

my $backend = CxxProxy::Backend->named('b');
for my $mpm (qw(worker event)) {
    my $httpd = CxxProxy::Httpd->start(mpm => $mpm, config => "CxxProxyReactors 2\nProxyPass / http://$backend/");
    is $httpd->get('/')->status, 200, $mpm;
    my $said = qr/notice\] .*CXP0113: CxxProxyReactors is without effect: the engine needs the event MPM, and this is worker/;
    $mpm eq 'worker' ? like($httpd->error_log, $said) : unlike($httpd->error_log, qr/CXP0113/);
}

done_testing;
