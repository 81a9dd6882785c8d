use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads);

# A handler may set a status and fail afterwards. The status it has set is no error before that one: the error page is the one
# that is configured, without a word of another error.
my %cgi = (
    broken  => "Status: 404 Not Found\nContent-Type: text/plain\nno header at all\n\n",
    missing => "Status: 404 Not Found\nContent-Type: text/plain\n\nthe script's own page",
    fine    => "Content-Type: text/plain\n\nthe script's answer",
);
my $gone = "Status: 410 Gone\nContent-Type: text/plain\n\nthe file's own page";
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($status) = $request->{head} =~ m{/(\d\d\d)};
        $connection->reply($status // 200, 'theirs');
    }
});
my $httpd = few_threads(
    modules => [qw(cgid alias asis mime rewrite)],
    files   => {
        (map { ("cgi/$_" => "#!/bin/sh\ncat <<'END'\n$cgi{$_}\nEND\n") } keys %cgi),
        'htdocs/gone.asis'      => $gone,
        'htdocs/errors/file.txt' => 'a local page',
    },
    config => <<"CONF");
ScriptSock __ROOT__/run/cgisock
ScriptAlias /cgi/ __ROOT__/cgi/
AddHandler send-as-is asis
ErrorDocument 404 /errors/file.txt
ErrorDocument 410 "gone in words"
ErrorDocument 500 /errors/file.txt
RewriteEngine On
RewriteRule ^/rewritten/404 - [R=404]
RewriteRule ^/rewritten/410 - [R=410]
ProxyPass /cgi !
ProxyPass /errors !
ProxyPass /rewritten !
ProxyPassMatch \\.asis\$ !
ProxyPass /local !
ProxyPass / http://$backend/
<Location /over>
    ProxyErrorOverride On
</Location>
CONF

my @cases = (
    ['/cgi/broken',  500, 'a local page'],
    ['/cgi/missing', 404, "the script's own page\n"],
    ['/cgi/fine',    200, "the script's answer\n"],
    ['/cgi/nowhere', 404, 'a local page'],
    ['/gone.asis',   410, "the file's own page"],
    ['/local/no',    404, 'a local page'],
    ['/rewritten/410', 410, 'gone in words'],
    ['/rewritten/404', 404, 'a local page'],
    ['/over/404',    404, 'a local page'],
    ['/over/410',    410, 'gone in words'],
    ['/over/200',    200, 'theirs'],
    ['/404',         404, 'theirs'],
);
for my $case (@cases) {
    my ($path, $status, $body) = @$case;
    for my $used (0 .. 2) {
        my $client = $httpd->client;
        is $client->request(path => '/good')->body, 'theirs' for 1 .. $used;
        my $response = $client->request(path => $path);
        is $response ? $response->status : 'no answer', $status, "$path, after $used requests";
        is $response && $response->body, $body, 'its page';
        my $next = $client->request(path => '/good');
        $status == 500 ? ok(!$next, 'the end') : is($next && $next->body, 'theirs', 'and the next request');
    }
}

done_testing;
