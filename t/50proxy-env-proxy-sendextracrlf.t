use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf Request_URI crlf proxy-sendextracrlf
ProxyPass / http://$backend/ disablereuse=on
CONF

for my $case (['/', 'Connection: close|hello'], ['/crlf', 'Connection: close|hello|']) {
    my ($path, $end) = @$case;
    is $httpd->request(method => 'POST', path => $path, body => 'hello')->status, 200;
    $backend->wait_for_close($backend->connection_count);
    is $backend->bytes($backend->connection_count) =~ s/\r\n/|/gr =~ s/.*(Connection)/$1/r =~ s/\|\|/|/r, $end, $path;
}

done_testing;
