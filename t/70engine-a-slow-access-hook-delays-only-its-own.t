use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads in_processes ours_only seconds_for used_client);
use CxxProxy::Stack qw(is_sanitized);

ours_only();

# A hook of another module that sleeps, on one path: on connections the engine holds, too.
my $backend = CxxProxy::Backend->teller;
my $httpd   = few_threads(modules => [qw(lua)], config => <<"CONF",
KeepAliveTimeout 60
MaxKeepAliveRequests 0
<Location /guarded>
    LuaHookAccessChecker __ROOT__/guard.lua check
</Location>
ProxyPass / http://$backend/
CONF
    files => { 'guard.lua' => <<"LUA" });
function check(r)
    r.usleep(400000)
    if r.uri:find('forbidden') then return 403 end
    return apache2.DECLINED
end
LUA

# Six clients that ask for what is guarded, again and again, and four that ask for something else.
my $enough = $httpd->root . '/run/enough';
my @results = in_processes(10, sub ($number) {
    my $client = used_client($httpd);
    my (@seconds, @wrong);
    if ($number <= 6) {
        for my $turn (1 .. 1000) {
            my $path     = $turn % 3 ? "/guarded/$number/$turn" : "/guarded/forbidden/$turn";
            my $response = $client->request(path => $path);
            my $seen     = $response ? $response->status . ' ' . $response->body : 'nothing';
            push @wrong, "$path: $seen" unless $turn % 3 ? $seen eq "200 $path" : $seen =~ /^403 /;
            last if -e $enough;
        }
        return { wrong => \@wrong };
    }
    for my $turn (1 .. 300) {
        my $path = "/free/$number/$turn";
        my $response;
        push @seconds, seconds_for(sub { $response = $client->request(path => $path) });
        push @wrong, $path unless $response && $response->body eq $path;
        Time::HiRes::sleep(0.005);    # so that the slow ones come between
    }
    return { wrong => \@wrong, seconds => \@seconds };
}, sub {
    $backend->wait_for_requests(4 * 302 + 6 * 2);
    $httpd->write_file('run/enough', '');
});
is_deeply $_->{wrong} // $_, [], 'everybody gets the right answers' for @results;
my @seconds = sort { $a <=> $b } map { @{ $_->{seconds} // [] } } @results;
is scalar(@seconds), 1200;
my $p99 = $seconds[@seconds * 0.99];
cmp_ok $p99, '<', is_sanitized() ? 0.4 : 0.2, "99 of 100 do not wait for the hook of others ($p99 s)";
cmp_ok $seconds[@seconds / 2], '<', 0.1, 'least of all most of them';

# Nor do they when more of them sleep than there are threads. A first request may need a thread, so the others are in use already.
my @quick = map { used_client($httpd) } 1 .. 3;
my @slow  = map { used_client($httpd) } 1 .. 30;
$slow[$_]->send("GET /guarded/$_ HTTP/1.1\r\nHost: h\r\n\r\n") for 0 .. $#slow;
for my $client (@quick) {
    my $response;
    cmp_ok seconds_for(sub { $response = $client->request(path => '/free') }), '<', is_sanitized() ? 2 : 0.8, 'thirty sleep';
    is $response->body, '/free';
}
is scalar(grep { $slow[$_]->read_response->body ne "/guarded/$_" } 0 .. $#slow), 0, 'they are answered when they wake';

done_testing;
