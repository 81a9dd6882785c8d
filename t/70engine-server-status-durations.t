use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);
use CxxProxy::Wait qw(wait_for);

# What a request took is added to Total Duration, once, wherever it ran: on a thread of the MPM, on a reactor, or on both.
my $pause   = 0.2;
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->pause($pause) if $path =~ /slow/;
        $connection->reply($path =~ /over/ ? 404 : 200, $path);
    }
});
my $script = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nsleep $pause\necho done\n";
my $httpd  = few_threads(modules => [qw(status alias cgid)], files => { 'cgi/slow' => $script, 'htdocs/errors/file.txt' => 'a local page' }, config => <<"CONF");
ExtendedStatus On
KeepAliveTimeout 60
ScriptSock __ROOT__/run/cgisock
ScriptAlias /cgi/ __ROOT__/cgi/
ErrorDocument 404 /errors/file.txt
ProxyPass /errors !
ProxyPass /cgi !
ProxyPass /status !
ProxyPass / http://$backend/
<Location /status>
    SetHandler server-status
</Location>
<Location /over>
    ProxyErrorOverride On
</Location>
CONF
my $viewer = $httpd->client;
sub milliseconds () { $viewer->request(path => '/status?auto')->body =~ /^Total Duration: (\d+)/m ? $1 : die "no Total Duration\n" }

# A request is counted after its answer was sent.
sub takes ($what, $seconds, $work) {
    my $before = milliseconds();
    my $began  = Time::HiRes::time();
    $work->();
    my $most = Time::HiRes::time() - $began + 1.25 * $pause;
    my $grown;
    wait_for(sub { ($grown = (milliseconds() - $before) / 1000) >= $seconds * 0.95 }, 3);
    cmp_ok $grown, '>=', $seconds * 0.95, "$what: it is in the sum";
    cmp_ok $grown, '<=', $most, "$what: once";
}

for my $path ('/slow', '/cgi/slow', '/over/slow') {
    for my $used (0, 2) {
        takes("$path after $used requests", 2 * $pause, sub {
            for (1 .. 2) {
                my $client = $httpd->client;
                $client->request(path => '/quick') for 1 .. $used;
                $client->request(path => $path);
            }
        });
    }
}
my $client = used_client($httpd);
takes('in turn', 4 * $pause, sub { $client->request(path => $_) for '/slow', '/cgi/slow', '/quick', '/over/slow', '/slow' });

# Idle time is nobody's.
my $before = milliseconds();
Time::HiRes::sleep(2 * $pause);
$client->request(path => '/quick');
$viewer->request(path => '/quick');
cmp_ok milliseconds() - $before, '<', 1000 * $pause, 'what lies between requests is not counted';

done_testing;
