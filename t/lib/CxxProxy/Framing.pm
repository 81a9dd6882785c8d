# Tables of odd messages: each is sent once, and then it must show that nothing is left of it. What both kinds check
# after every case: a further request on the same client connection is answered right or not at all, and a canary from
# another client, through a pool of one backend connection, gets its own answer.
#
#   check_answers({ name => 'a Content-Length with a sign', answer => "HTTP/1.1 200 OK\r\n…", status => 502 }, …);
#   check_requests({ name => 'two lengths', request => "POST /CASE HTTP/1.1\r\n…", status => 400 }, …);
#
# The word CASE is replaced by a word of the case's own, ODD-7 say. `stock => {…}` and `ours => {…}` change a case's
# expectations for one stack; `stock => 'a reason'` skips it there.
package CxxProxy::Framing;

use v5.36;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_stock);
use CxxProxy::Wait qw(wait_for);
use Exporter qw(import);
use Test::More ();

our @EXPORT_OK = qw(check_answers check_requests answer_with_target ask told);

my $give_up = 10;    # seconds after which a case counts as hanging

# --- answers --------------------------------------------------------------------------------------------------
#
# A case: what happens
#   answer      the backend's bytes (or sub ($connection, $request), for more than that)
#   close => 1  and then it hangs up
#   late        bytes it sends when the client has its answer
#   request     { method, version, headers => […] } of the client
# and what is expected
#   status, body, header => { Name => 'value' or undef }, like, unlike (of the answer's head and body as received)
#   interim => [103], interim_like, interim_unlike: what came before it
#   complete    0: the client can tell that the answer was cut
#   wrong => 1  an error page, or a cut that the client can tell
#   next        'answered' or 'closed': a further request on the client connection (either will do)
#   kept        1: the backend connection goes on being used; 0: it must not be
sub check_answers (@cases) {
    my %option = (worker => q{}, config => q{}, before => q{});
    while (@cases && !ref $cases[0]) { my ($name, $value) = splice @cases, 0, 2; $option{$name} = $value }
    @cases = map { for_this_stack($_) } @cases;
    my $backend = CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            my ($number) = $request->{head} =~ m{^\S+ /ODD-(\d+)} or do { answer_with_target($connection, $request); next };
            my $case = $cases[$number];
            ref $case->{answer} ? $case->{answer}->($connection, $request) : $connection->send($case->{answer});
            return if $case->{close};
            next unless defined $case->{late};
            $connection->wait_for_release("late-$number");
            $connection->send($case->{late});
            $connection->note("late-$number");
        }
    });
    my $httpd = CxxProxy::Httpd->start(threads => 8, %{ $option{httpd} // {} }, config => <<"CONF");
Timeout 20
ProxyPass / http://$backend/ max=1 retry=0 $option{worker}
$option{config}
CONF
    for my $number (0 .. $#cases) {
        my $case = $cases[$number];
        in_a_subtest($case, sub { check_answer($case, $number, $httpd, $backend) });
    }
    return ($httpd, $backend);
}

sub check_answer ($case, $number, $httpd, $backend) {
    my $client   = $httpd->client(limit => $give_up);
    my %request  = %{ $case->{request} // {} };
    my $response = $client->request(path => "/ODD-$number", %request);
    Test::More::ok($response, 'there is an answer') or return;
    check_response($case, $response);
    if (defined $case->{late}) {
        $backend->release("late-$number");
        $backend->wait_for_note("late-$number");
    }
    my $followed = check_next($case, $client, $number, $response);
    my $canary   = check_canary($httpd, $number);
    return unless defined $case->{kept} && $canary;
    my ($used) = map { $_->{connection} } grep { $_->{head} =~ m{^\S+ /ODD-$number } } $backend->requests;
    my $next = ($followed // $canary)->header('X-Connection');
    my $same = $used == $next;
    Test::More::is($same ? 1 : 0, $case->{kept}, 'backend connection ' . ($case->{kept} ? 'kept' : 'not kept'));
}

sub check_response ($case, $response) {
    my $bytes = $response->head . $response->body;
    check_status($case->{status}, $response->status) if defined $case->{status};
    Test::More::is($response->body, $case->{body}, 'body') if defined $case->{body};
    Test::More::ok($response->status =~ m{^5} || !$response->complete, "an error, or visibly cut") if $case->{wrong};
    Test::More::is($response->complete ? 1 : 0, $case->{complete}, $case->{complete} ? 'complete' : 'visibly cut')
        if defined $case->{complete};
    my %wanted = %{ $case->{header} // {} };
    Test::More::is_deeply([$response->all($_)], [defined $wanted{$_} ? (ref $wanted{$_} ? @{ $wanted{$_} } : $wanted{$_}) : ()], $_) for sort keys %wanted;
    Test::More::like($bytes, $case->{like}, 'as it should be') if $case->{like};
    Test::More::unlike($bytes, $case->{unlike}, 'without what must not be there') if $case->{unlike};
    my @interim = $response->interim;
    Test::More::is_deeply([map { $_->status } @interim], $case->{interim}, "interim answers") if $case->{interim};
    my $early = join "", map { $_->head } @interim;
    Test::More::like($early, $case->{interim_like}, "the interim answers") if $case->{interim_like};
    Test::More::unlike($early, $case->{interim_unlike}, "the interim answers") if $case->{interim_unlike};
    my $head = join '', map { $_->head } $response->interim, $response;
    Test::More::unlike($head, qr/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n|\n[ \t]/, 'clean lines in the head')
        unless $case->{dirty};
    my $framings = () = $response->head =~ /^(?:Content-Length|Transfer-Encoding):/gmi;
    Test::More::cmp_ok($framings, '<=', 1, 'not framed twice') unless $case->{framed_twice};
}

# --- requests -------------------------------------------------------------------------------------------------
#
# A case: what happens
#   request       the client's bytes; half_close => 1 ends them
#   method        HEAD or so, where it matters for reading the answer
# and what is expected
#   status        of the first answer (or a list of which one will do); none => 1: no answer at all
#   raw           matches all that comes, for answers that are none
#   at_backend    how many requests with the word CASE reach the backend; default: 1 if the status is 200, else 0
#   head, unlike  of the request at the backend; body; complete => 0: the backend can tell that it was cut
#   answers       the statuses of all answers, for pipelined requests
#   next          'answered' or 'closed': a further request on the client connection
# The word SMUGGLED in a request line must never reach the backend.
sub check_requests (@cases) {
    my %option = (worker => q{}, config => q{}, before => q{});
    while (@cases && !ref $cases[0]) { my ($name, $value) = splice @cases, 0, 2; $option{$name} = $value }
    @cases = map { for_this_stack($_) } @cases;
    my $backend = CxxProxy::Backend->start($option{backend} // sub ($connection) {
        while (my $request = $connection->read_request) { answer_with_target($connection, $request) }
    });
    my $httpd = CxxProxy::Httpd->start(threads => 8, %{ $option{httpd} // {} }, config => <<"CONF");
Timeout 20
$option{before}
ProxyPass / http://$backend/ max=1 retry=0 $option{worker}
$option{config}
CONF
    for my $number (0 .. $#cases) {
        my $case = $cases[$number];
        in_a_subtest($case, sub { check_request($case, $number, $httpd, $backend) });
    }
    return ($httpd, $backend);
}

sub check_request ($case, $number, $httpd, $backend) {
    my $client = $httpd->client(limit => $give_up);
    my $sent   = $client->send($case->{request} =~ s/CASE/ODD-$number/gr);
    $client->half_close if $case->{half_close};
    my $response;
    if ($case->{raw}) { Test::More::like($client->read_all, $case->{raw}, "all that comes") }
    else { $response = $client->read_response(method => $case->{method} // "GET") }
    if ($case->{raw}) { }
    elsif ($case->{none}) { Test::More::ok(!$response, 'no answer') }
    elsif (Test::More::ok($response, 'there is an answer')) {
        Test::More::is_deeply([map { $_->status } $response->interim], $case->{interim}, "interim answers") if $case->{interim};
        check_status($case->{status}, $response->status) if defined $case->{status};
        my @more = @{ $case->{answers} // [] };
        Test::More::is(($client->read_response // next_to_nothing())->status, $_, 'a further answer') for @more[1 .. $#more];
    }
    check_next($case, $client, $number, $response);
    check_canary($httpd, $number);
    my $wanted  = $case->{at_backend} // (($response && ($response->status // '') eq '200') ? 1 : 0);
    my $arrived = sub { grep { $_->{head} =~ /^[^\n]*ODD-$number\b/ } $backend->requests };
    wait_for(sub { $arrived->() >= $wanted }, 5);    # the backend may still be reading what was cut
    my @arrived = $backend->requests;
    my @here    = $arrived->();
    Test::More::is(scalar @here, $wanted, 'requests at the backend');
    my $smuggled = grep { $_->{head} =~ /SMUGGLED/ } @arrived;
    Test::More::is($smuggled, $backend->{smuggled} // 0, "nothing smuggled");
    $backend->{smuggled} = $smuggled;
    check_arrived($case, $_) for @here;
}

sub next_to_nothing () { CxxProxy::Response->new("none\r\n\r\n") }

sub check_arrived ($case, $request) {
    my $head = $request->{head};
    Test::More::like($head, qr{^[^\x00-\x20\x7f]+ [^\x00-\x20\x7f]+ HTTP/1\.[01]\r\n}, 'a good request line');
    Test::More::unlike($head, qr/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n|\n[ \t]/, 'clean lines');
    my $framings = () = $head =~ /^(?:Content-Length|Transfer-Encoding):/gmi;
    Test::More::cmp_ok($framings, '<=', 1, 'framed once');
    my $hosts = () = $head =~ /^Host:/gmi;
    Test::More::is($hosts, 1, 'one Host');
    Test::More::like($head, $case->{head}, 'the head') if $case->{head};
    Test::More::unlike($head, $case->{unlike}, 'without what must not be there') if $case->{unlike};
    Test::More::is($request->{body}, $case->{body}, 'the body') if defined $case->{body};
    Test::More::is($request->{complete} ? 1 : 0, $case->{complete} // 1, 'completeness');
}

# --- both -----------------------------------------------------------------------------------------------------

sub for_this_stack ($case) {
    my $own = is_stock() ? $case->{stock} : $case->{ours};
    return { %$case, ref $own ? %$own : defined $own ? (skip => $own) : () };
}

sub in_a_subtest ($case, $check) {
    Test::More::subtest($case->{name}, sub {
        Test::More::plan(skip_all => $case->{skip}) if $case->{skip};
        eval { $check->(); 1 } or Test::More::fail("it ends: $@");
        Test::More::done_testing();
    });
}

sub check_status ($wanted, $got) {
    return Test::More::like($got, qr/^(?:@{[ join '|', @$wanted ]})$/, 'status') if ref $wanted;
    return Test::More::is($got, $wanted, 'status');
}

# Whoever asks for /x must be told "/x".
sub answer_with_target ($connection, $request) {
    my ($target) = $request->{head} =~ m{^\S+ (\S+)};
    $connection->reply(200, "told $target", 'X-Connection' => $connection->number);
}

sub told ($response, $path) { $response && ($response->status // '') eq '200' && $response->complete && $response->body eq "told $path" }

# A request of another client, which must get its own answer.
sub ask ($httpd, $path) { $httpd->client(limit => $give_up)->request(path => $path) }

# After an answer that was cut nothing may follow; else one request more.
sub check_next ($case, $client, $number, $response) {
    my $path = "/next-$number";
    my $next;
    if ($case->{half_close}) {
        Test::More::is($client->read_all, '', 'nothing more comes');
        return undef;
    }
    if ($response && ($response->framing // 'length') ne 'close' && $response->complete) {
        $client->send("GET $path HTTP/1.1\r\nHost: proxy.test\r\n\r\n");
        $next = $client->read_response;
        Test::More::ok(told($next, $path), 'the next answer is right') or Test::More::diag($next->head . $next->body) if $next;
    }
    else {
        Test::More::is($client->read_all, '', 'nothing more comes');
    }
    my $what = $next ? 'answered' : 'closed';
    # Stock closes without an answer when it took a connection that its backend was just closing.
    my $race = is_stock() && $what eq 'closed' && ($case->{next} // '') eq 'answered';
    Test::More::is($what, $case->{next}, 'the client connection afterwards') if $case->{next} && !$race;
    return $next;
}

sub check_canary ($httpd, $number) {
    my $canary = ask($httpd, "/canary-$number");
    # Stock may take a connection that its backend is closing at this very moment; ours asks on another one.
    $canary = ask($httpd, "/canary-$number") if is_stock() && $canary && $canary->status eq '502';
    Test::More::ok(told($canary, "/canary-$number"), 'the canary gets its own answer')
        or Test::More::diag($canary ? $canary->head . $canary->body : 'nothing');
    return $canary;
}

1;
