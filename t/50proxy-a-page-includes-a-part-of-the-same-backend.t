# The part is fetched while the page is on its way: on the same thread, from the same backend.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $part    = '[part ' . 'z' x 1000 . ']';
my $include = '<!--#include virtual="/part" -->';
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        if ($request->{head} =~ m{^GET /part}) { $connection->reply(200, $part); next }
        my $tail = $request->{head} =~ m{^GET /large} ? 'y' x 200_000 : 'y' x 300;
        $connection->reply(200, "before $include after $tail end", 'Content-Type' => 'text/html');
    }
});

for my $mpm (qw(event worker prefork)) {
    my $httpd = CxxProxy::Httpd->start(mpm => $mpm, modules => [qw(include mime filter)], config => <<"CONF");
ProxyPass / http://$backend/
<LocationMatch "^/(small|large)">
    Options +Includes
    SetOutputFilter INCLUDES
</LocationMatch>
CONF
    ok $httpd->answer('/small') eq "before $part after " . 'y' x 300 . ' end', "$mpm: each byte in its place";
    ok $httpd->answer('/large') eq "before $part after " . 'y' x 200_000 . ' end', "$mpm: in a page larger than any buffer";
    is $httpd->answer('/part'), $part, "$mpm: nobody waits for a connection for ever";
    $httpd->stop;
}

done_testing;
