use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);

# A request that fails is carried on as another one: a local file, a text, a page of the same or of another backend.
# After some statuses the core closes the connection (503, 500), after others it does not (502, 404): both kinds.
my $closed  = CxxProxy::Backend->closed;
my $strange = CxxProxy::Backend->answering("HTTP/7.0 200 OK\r\n\r\n", then => 'close');
my $pages   = CxxProxy::Backend->teller('page ');
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($status) = $request->{head} =~ m{/(\d\d\d)};
        $connection->reply($status // 200, "theirs $request->{length}");
    }
});
my @failing = (['/strange', 502, qr/Proxy Error/, 'stays'], ['/down', 503, qr/Service Unavailable/, 'closes']);
my $kinds = join '', map {
    my ($path, $status) = @$_;
    <<"CONF";
<Location $path/file>
    ErrorDocument $status /errors/file.txt
</Location>
<Location $path/proxied>
    ErrorDocument $status /pages/sorry
</Location>
<Location $path/text>
    ErrorDocument $status "in words"
</Location>
<Location $path/away>
    ErrorDocument $status http://elsewhere.test/
</Location>
<Location $path/broken>
    ErrorDocument $status $path/broken/too
</Location>
CONF
} @failing;
my $httpd = few_threads(files => { 'htdocs/errors/file.txt' => 'a local page' }, config => <<"CONF");
ProxyPass /errors !
ProxyPass /pages/ http://$pages/
ProxyPass /down/ http://$closed/ retry=0
ProxyPass /strange/ http://$strange/ retry=0
ProxyPass / http://$backend/
$kinds
<Location /over>
    ProxyErrorOverride On
    ErrorDocument 404 /errors/file.txt
    ErrorDocument 410 /pages/gone
    ErrorDocument 403 "in words"
    ErrorDocument 500 "in words"
</Location>
CONF

sub cases_of ($path, $status, $own_words, $then) {
    return (
        ["$path/file",    $status, 'a local page',              $then],
        ["$path/proxied", 200,     'page /sorry',               $then],
        ["$path/text",    $status, 'in words',                  $then],
        ["$path/none",    $status, $own_words,                  $then],
        ["$path/away",    302,     qr/elsewhere/,               $then],
        ["$path/broken",  $status, qr/Additionally, a $status/, $then],
    );
}
my @cases = (
    (map { cases_of(@$_) } @failing),
    ['/over/404',       404, 'a local page',              'stays'],
    ['/over/410',       200, 'page /gone',                'stays'],
    ['/over/403',       403, 'in words',                  'stays'],
    ['/over/418',       418, 'in words',                  'stays'],
    ['/over/507',       507, qr/507 Reply/,               'stays'],
    ['/over/500',       500, 'in words',                  'closes'],
    ['/404',            404, 'theirs 0',                  'stays'],
    ['/503',            503, 'theirs 0',                  'closes'],
);
sub check ($what, $case, $response) {
    my ($path, $status, $body, $then) = @$case;
    is $response ? $response->status : 'no answer', $status, "$path, $what" or return;
    ref $body ? like($response->body, $body, $path) : is($response->body, $body, $path);
    is +($response->header('Connection') // '') =~ /close/ ? 'closes' : 'stays', $then, "$path: the connection";
}

# As the second and the third request of a connection, with a good answer before and after; all at once; with a body.
for my $case (@cases) {
    my ($path, undef, undef, $then) = @$case;
    for my $before (1, 2) {
        my $client = $httpd->client;
        is $client->request(path => "/good$_")->body, 'theirs 0', 'a good one' for 1 .. $before;
        check("after $before others", $case, $client->request(path => $path));
        if ($then eq 'stays') {
            is $client->request(path => '/then')->body, 'theirs 0', 'the one that follows';
            check('again', $case, $client->request(path => $path));
        }
        else { ok $client->is_closed, 'and it does close' }
    }

    my $client = $httpd->client;
    $client->send(join '', map { "GET $_ HTTP/1.1\r\nHost: h\r\n\r\n" } '/good', '/good', $path, '/good');
    is $client->read_response->body, 'theirs 0', 'pipelined before it' for 1 .. 2;
    check('pipelined', $case, $client->read_response);
    $then eq 'stays' ? is($client->read_response->body, 'theirs 0', 'pipelined behind it') : ok($client->is_closed, 'closed');

    $client = $httpd->client;
    $client->request(path => '/good');
    my $response = $client->request(method => 'POST', path => $path, body => "GET /wrong HTTP/1.1\r\nHost: h\r\n\r\n" x 50);
    is $response ? $response->status : 'no answer', $case->[1], "$path: a request with a body";
    my $next = $client->request(path => '/next');
    ok !$next || $next->body eq 'theirs 0', 'and the body is not taken for a request';
}
unlike join("\n", $backend->request_lines), qr{/wrong};

done_testing;
