use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads still_there);
use CxxProxy::TlsClient;

plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;

# mod_reqtimeout's limit for a body is none for the time until the next request begins.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->reply(200, "$path $request->{length}");
    }
});
my $certificate = CxxProxy::TlsClient->certificate('front.test');
my $tls_host    = CxxProxy::TlsClient->virtual_host(tls => $certificate);
my $httpd       = few_threads(modules => [qw(ssl reqtimeout)], ports => ['tls'], config => <<"CONF");
KeepAliveTimeout 60
RequestReadTimeout handshake=0 header=20 body=1
ProxyPass / http://$backend/
$tls_host
CONF

my %connect = (plain => sub { $httpd->client }, map {
    my $version = $_;
    ($version => sub { CxxProxy::TlsClient->connect($httpd->port('tls'), tls => { SSL_version => $version }) });
} qw(TLSv1_2 TLSv1_3));
my %body = (nothing => [], 'a body' => [method => 'POST', body => 'u' x 1000], 'a body in chunks' => [method => 'POST', body => 'u' x 1000, chunked => 1]);

# All at once, for they all have to be idle.
my @idle;
for my $kind (sort keys %connect) {
    for my $what ($kind eq 'plain' ? 'nothing' : sort keys %body) {
        for my $used (1 .. 2) {
            my $client = $connect{$kind}->();
            $client->request(path => '/before', @{ $body{$what} }) for 1 .. $used;
            push @idle, [$client, "$kind, $what, after $used requests", @{ $body{$what} }];
        }
    }
}
select undef, undef, undef, 1.5;
for my $case (@idle) {
    my ($client, $name, @part) = @$case;
    my $length = @part ? 1000 : 0;
    ok still_there($client), "$name: it is kept";
    for my $path ('/then', '/again') {
        my $answer = eval { $client->request(path => $path, @part) };
        is $answer ? $answer->body : 'no answer', "$path $length", "$name: $path";
    }
}

done_testing;
