use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads seconds_for used_client);
use CxxProxy::Stack qw(is_sanitized);

# RATE_LIMIT sleeps, an include waits for its part: on output that is proxied, on connections in use.
my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($path) = $request->{head} =~ /^\S+ (\S+)/;
        $connection->wait_for_release if $path =~ m{/part};
        my $body = $path =~ m{/limited} ? join('', map { sprintf '%7d ', $_ } 1 .. 12_000)
            : $path =~ m{/page} ? "<!--#include virtual=\"/part\" -->, <!--#include virtual=\"/quick\" -->, <!--#include virtual=\"/file.txt\" -->"
            : $path;
        $connection->reply(200, $body, 'Content-Type' => $path =~ /page/ ? 'text/html' : 'text/plain');
    }
});
my $httpd = few_threads(modules => [qw(ratelimit include env mime)], files => { 'htdocs/file.txt' => 'a file' }, config => <<"CONF");
KeepAliveTimeout 60
ProxyPass /file.txt !
ProxyPass / http://$backend/
<Location />
    Options +Includes
</Location>
<Location /limited>
    SetOutputFilter RATE_LIMIT
    SetEnv rate-limit 48
</Location>
<Location /page>
    SetOutputFilter INCLUDES
</Location>
CONF
my $limited = join '', map { sprintf '%7d ', $_ } 1 .. 12_000;    # 96 kB: two seconds
my @quick   = map { used_client($httpd) } 1 .. 2;
my @limited = map { used_client($httpd, path => "/limit/$_") } 1 .. 3;
my @pages   = map { used_client($httpd, path => "/pag/$_") } 1 .. 3;

$_->send("GET /limited HTTP/1.1\r\nHost: h\r\n\r\nGET /behind HTTP/1.1\r\nHost: h\r\n\r\n") for @limited;
$_->send("GET /page HTTP/1.1\r\nHost: h\r\n\r\nGET /behind HTTP/1.1\r\nHost: h\r\n\r\n") for @pages;
my $longest = 0;
for my $turn (1 .. 20) {
    for my $client (@quick, $httpd->client) {
        my $answer;
        my $seconds = seconds_for(sub { $answer = $client->request(path => "/quick/$turn") });
        $longest = $seconds if $seconds > $longest;
        is $answer->body, "/quick/$turn", 'others are answered';
    }
}
cmp_ok $longest, '<', is_sanitized() ? 2 : 1, 'and at once';

my $seconds = seconds_for(sub {
    for my $client (@limited) {
        ok $client->read_response->body eq $limited, 'everything comes, at its pace';
        is $client->read_response->body, '/behind', 'then the next answer';
    }
});
cmp_ok $seconds, '>', 0.2, 'the pace is limited indeed';
$backend->release;
for my $client (@pages) {
    is $client->read_response->body, '/part, /quick, a file', 'a page and its parts';
    is $client->read_response->body, '/behind';
}
is $_->request(path => '/then')->body, '/then' for @limited, @pages, @quick;

done_testing;
