use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    my $request = $connection->read_request;
    my $how = $request->{head} =~ m{/(\w+)} ? $1 : '';
    return $connection->close if $how eq 'close';
    return $connection->reset if $how eq 'reset';
    $connection->send('HTTP/1.1 200') if $how eq 'half';
    $connection->send("HTTP/1.1 200 OK\r\nContent-Le") if $how eq 'head';
    return $connection->close if $how =~ /half|head/;
    $connection->read_some;    # silence
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/ timeout=1
CONF

sub gives ($path, $status) {
    my $response = $httpd->get($path);
    is $response->status, $status, "$path: $status";
    return $response;
}

my $response = gives '/close', 502;
is $response->status_line, 'HTTP/1.1 502 Proxy Error';
like $response->body, qr/Reason: <strong>Error reading from remote server/;
gives '/reset',   502;
gives '/half',    502;
gives '/head',    502;
gives '/silence', 502;    # not 504

done_testing;
