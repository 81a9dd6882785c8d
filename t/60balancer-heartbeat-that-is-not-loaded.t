use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;

# That there is no mod_heartmonitor is of interest to lbmethod=heartbeat alone.
for my $loaded (0, 1) {
    my $httpd = CxxProxy::Httpd->start(stack => [$loaded ? 'lbmethod_heartbeat' : ()]);
    my @said = grep { /AH02282/ } split /\n/, $httpd->error_log;
    is scalar @said, $loaded, $loaded ? 'it is said' : 'not a word without the module' or diag @said;
    like $_, qr/\[lbmethod_heartbeat:/, 'by its name' for @said;
    $httpd->stop;
}

done_testing;
