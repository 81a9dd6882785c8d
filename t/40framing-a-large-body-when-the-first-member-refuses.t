use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Framing qw(ask told answer_with_target);
use CxxProxy::Httpd;
use Digest::MD5 qw(md5_hex);

# A body is sent to the next member only when it can be sent whole, and only where nobody can have acted on it.
my $refuses = CxxProxy::Backend->closed;
my $drops   = CxxProxy::Backend->start(sub ($connection) { $connection->read_head; $connection->read_some; $connection->note('dropped'); $connection->close });
my $resets  = CxxProxy::Backend->start(sub ($connection) { $connection->read_head; $connection->read_some; $connection->note('dropped'); $connection->reset });
my $works   = CxxProxy::Backend->start(sub ($connection) { while (my $request = $connection->read_request) { answer_with_target($connection, $request) } });
my @sizes   = (10, 16_384, 16_385, 200_000);
my @conf;
for my $length (@sizes) {
    for my $chunked (0, 1) {
        for (["refuses-$length-$chunked", $refuses], ["drops-$length-$chunked", $drops], ["resets-$length-$chunked", $resets]) {
            my ($name, $first) = @$_;
            push @conf, <<"CONF";
<Proxy balancer://$name>
    BalancerMember http://$first loadfactor=100
    BalancerMember http://$works loadfactor=1
</Proxy>
ProxyPass /$name balancer://$name/$name
CONF
        }
    }
}
my $httpd = CxxProxy::Httpd->start(threads => 8, config => join "", @conf);

for my $length (@sizes) {
    my $body = join '', map { chr 33 + $_ % 90 } 1 .. $length;
    for my $chunked (0, 1) {
        my $what = "$length bytes" . ($chunked ? ' in chunks' : '');
        my $response = $httpd->request(method => 'POST', path => "/refuses-$length-$chunked/", body => $body, chunked => $chunked);
        is $response->status, 200, "$what: a member that refuses costs nothing";
        my @new = grep { $_->{head} =~ m{/refuses-$length-$chunked/ } } $works->requests;
        is scalar @new, 1, "$what: sent once";
        is $new[0]{md5}, md5_hex($body), "$what: and whole";

        for my $how (qw(drops resets)) {
            my $member   = $how eq 'drops' ? $drops : $resets;
            my $response = $httpd->request(method => 'POST', path => "/$how-$length-$chunked", body => $body, chunked => $chunked);
            my $times    = grep { $_->{head} =~ m{/$how-$length-$chunked } } $member->requests, $works->requests;
            is $times, 1, "$what, a member that $how it: sent once, status " . ($response ? $response->status : 'none');
        }
    }
}
ok told(ask($httpd, '/refuses-10-0/canary'), '/refuses-10-0/canary'), 'the canary';

done_testing;
