use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads settled used_client);

# An interim answer comes at once, and nobody is there to take it: the connection breaks while its first request is on its way
# from the thread that has read it to a reactor. A second request of the connection meets the same.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        if ($path =~ /early/) {
            $connection->send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n");
            $connection->pause(0.02);    # longer than a thread waits
            $connection->send("HTTP/1.1 103 Early Hints\r\nLink: </more.css>\r\n\r\n");
        }
        $connection->reply(200, $path);
    }
});
my $httpd    = few_threads(config => "ProxyPass / http://$backend/");
my @children = $httpd->children;
my $early    = "GET /early HTTP/1.1\r\nHost: h\r\n\r\n";

my $client = $httpd->client;
$client->send($early);
my $response = $client->read_response;
is_deeply [map { $_->status } $response->interim], [103, 103], 'who stays gets the interim answers';
is $response->body, '/early';

my @ways = (
    ['is reset',                   sub ($client) { $client->reset }],
    ['is closed',                  sub ($client) { $client->close }],
    ['is half-closed, then reset', sub ($client) { $client->half_close; $client->reset }],
);
for my $way (@ways) {
    my ($name, $leave) = @$way;
    for my $used (0 .. 2) {
        for (1 .. 10) {
            my $client = $httpd->client;
            $client->request(path => '/before') for 1 .. $used;
            $client->send($early);
            $leave->($client);
        }
        is $httpd->get('/then')->body, '/then', "it $name, after $used requests: others are served";
    }
}
settled(sub { scalar $backend->requests });
is used_client($httpd)->request(path => '/last')->body, '/last', 'afterwards, too';
is_deeply [$httpd->children], \@children, 'by the same child';

done_testing;
