use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use IO::Socket::IP;
use Socket qw(SOMAXCONN);

# A listener that accepts nobody, its queue full: connecting to it hangs.
my $listener = IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => 0, Listen => 1) or die;
my $port     = $listener->sockport;
my @fillers;
for (1 .. 16) {
    my $filler = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $port, Blocking => 0) or last;
    push @fillers, $filler;
}
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyTimeout 50
ProxyPass /whole http://127.0.0.1:$port/whole connectiontimeout=1
ProxyPass /part  http://127.0.0.1:$port/part  connectiontimeout=200ms
CONF

is $httpd->get('/part')->status, 503;
is $httpd->get('/whole')->status, 503;
like $httpd->error_log, qr/AH00957: http: attempt to connect to .*127\.0\.0\.1:$port/;

done_testing;
