use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours per_stack);

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a route=ra
    BalancerMember http://$b route=rb
    ProxySet stickysession=SID growth=2 nonce=sesame
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my @same    = (Referer => 'http://proxy.test/manager');

# All that can be changed, as a text.
sub current () {
    my $cluster = $manager->balancer('cluster');
    my $members = delete $cluster->{members};
    my @live    = qw(loadfactor lbset route redirect status);
    return join ' ', (map { "$_=$cluster->{$_}" } sort grep { $_ ne 'nonce' } keys %$cluster),
        map { my $member = $members->{$_}; ("[$_", (map { "$_=$member->{$_}" } @live), ']') } sort keys %$members;
}
my ($child) = $httpd->children;
my $before  = current();
my $markup  = q{<script>alert("1")</script>'};
my @fields  = qw(w_lf w_wr w_rr w_ls w_status_I w_status_N w_status_D w_status_H w_status_R w_status_S w_status_C
    b_lbm b_tmo b_max b_sforce b_ss b_nwrkr b_wyes xml_ sort file_);

# Markup in each of them, with the right nonce: what takes it shows it escaped.
for my $field (@fields) {
    my $response = $manager->post({ b => 'cluster', w => "http://$a", nonce => 'sesame', b_wyes => 1, $field => $markup }, @same);
    like $response->status, qr/^(200|400)$/, $field;
    unlike $response->body . $manager->html('?b=cluster&nonce=sesame') . $manager->html("?b=cluster&w=http://$a&nonce=sesame") . $manager->xml,
        qr/<script>alert/, 'never as markup';
}
$manager->change(b => 'cluster', w => "http://$a", nonce => 'sesame', w_wr => 'ra', w_rr => '', b_ss => 'SID', b_sforce => 0, b_max => 1);
for my $field (qw(b w nonce sort)) {
    my $query = join '&', map { "$_=" . ($_ eq $field ? '%3Cscript%3Ealert%3C/script%3E%22%27' : 'cluster') } qw(b w nonce sort);
    unlike $manager->html("?$query"), qr/<script>alert/, "$field of a query";
}
is current(), $before, 'nothing of that was out of the ordinary';

# Control characters, broken encodings, no equals signs, many fields.
for my $body ("b=cluster&w=http://$a&nonce=sesame&w_wr=a%0d%0ab", "b=cluster&nonce=sesame&%%%=%&&&=&=&b_ss", 'b=cluster&' x 500,
    "b=cluster&nonce=sesame&b_ss=%00", join('&', map {"x$_=$_"} 1 .. 900)) {
    my $response = $httpd->request(method => 'POST', path => '/manager', body => substr($body, 0, 1000),
        headers => [Host => 'proxy.test', 'Content-Type' => 'application/x-www-form-urlencoded', @same]);
    like $response->status, qr/^(200|400)$/, substr $body, 0, 40;
    $manager->change(b => 'cluster', w => "http://$a", nonce => 'sesame', w_wr => 'ra', b_ss => 'SID');
    is current(), $before;
}

# A megabyte: as a body, and as one value in front of a change.
my $big = $httpd->request(method => 'POST', path => '/manager', body => 'b=cluster&x=' . ('x' x 1_000_000) . "&nonce=sesame&w=http://$a&w_status_D=1",
    headers => [Host => 'proxy.test', @same]);
is $big->status, per_stack(stock => 200, ours => 413), 'a megabyte';
is current(), $before, 'changes nothing';

# The nonce and its neighbours.
for my $nonce ('', 'sesam', 'sesame ', 'SESAME', (is_ours() ? "sesame\0x" : ()), 'x' x 900) {
    is $manager->post({ b => 'cluster', w => "http://$a", w_status_D => 1, nonce => $nonce }, @same)->status, 200;
    is current(), $before, "nonce '" . substr($nonce, 0, 10) . q{'};
}
for my $referer ('', 'x', 'http://', 'http:///manager', 'http://proxy.test@evil.test/', 'http://evil.test/?http://proxy.test/', "http://proxy.test.evil.test/", (is_ours() ? '//proxy.test/' : ())) {
    $manager->post({ b => 'cluster', w => "http://$a", w_status_D => 1, nonce => 'sesame' }, Referer => $referer);
    is current(), $before, "Referer '$referer'";
}
if (is_ours()) {
    for my $origin ('null', 'http://evil.test', 'https://proxy.test', 'http://proxy.test:81', 'http://proxy.test.') {
        $manager->post({ b => 'cluster', w => "http://$a", w_status_D => 1, nonce => 'sesame' }, @same, Origin => $origin);
        is current(), $before, "Origin '$origin'";
    }
}
is_deeply [$httpd->children], [$child], 'no child has died';

done_testing;
