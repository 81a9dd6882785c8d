# A body without a length comes to the client in chunks, and a chunk is what was read at once.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

my $backend = CxxProxy::Backend->answering("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" . 'x' x 20_000, then => 'close');
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /small/ http://$backend/small/ iobuffersize=1024
ProxyPass /usual/ http://$backend/usual/
CONF

sub largest_chunk ($path) {
    my $client = $httpd->client;
    $client->send("GET $path HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    my ($head, $rest) = split /\r\n\r\n/, $client->read_all, 2;
    my ($largest, $sum) = (0, 0);
    while ($rest =~ s/^([0-9a-f]+)\r\n//i) {
        my $size = hex $1;
        $rest = substr $rest, $size + 2;
        $largest = $size if $size > $largest;
        $sum += $size;
    }
    is $sum, 20_000, "$path: all of it";
    return $largest;
}

cmp_ok largest_chunk('/usual/'), '>', 1024, 'more at once without it';
my $small = largest_chunk('/small/');
cmp_ok $small, '<=', 1024, 'no more at once than iobuffersize' if is_ours();    # stock takes the server's value

done_testing;
