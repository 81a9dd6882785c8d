use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        $connection->note($connection->socket->peerport);
        if ($request->{head} =~ m{/trailers}) {
            $connection->send("HTTP/1.1 203 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-End: fine\r\n\r\n");
        }
        elsif ($request->{head} =~ m{/error}) { $connection->reply(404, 'no') }
        else                                  { $connection->reply(200, 'ok') }
    }
});
my $closed = CxxProxy::Backend->closed;
my $httpd  = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /closed http://$closed/
ProxyPass / http://$backend/
<Location /error/over>
    ProxyErrorOverride On
</Location>
<Location /handler>
    ProxyPass !
    SetHandler proxy:http://$backend
</Location>
LogFormat "%U %>s %{proxy-status}n %{proxy-source-port}n %R %{X-End}^to %{proxy-error-override}n" notes
CustomLog __ROOT__/logs/notes notes
CONF

my @lines;
for my $path (qw(/a /trailers /error /error/over /closed /handler)) {
    $httpd->get($path);
    @lines = $httpd->log_lines('notes', @lines + 1);
}
my @ports = $backend->notes;

is $lines[0], "/a 200 200 $ports[0] proxy-server - -";
is $lines[1], "/trailers 203 203 $ports[1] proxy-server fine -", 'a trailer';
is $lines[2], "/error 404 404 $ports[2] proxy-server - -";
is $lines[3], "/error/over 404 404 $ports[3] proxy-server - 1";
like $lines[4], qr{^/closed 503 \S+ \S+ proxy-server - -$};
is $lines[5], "/handler 200 200 $ports[4] proxy:http://$backend - -";

done_testing;
