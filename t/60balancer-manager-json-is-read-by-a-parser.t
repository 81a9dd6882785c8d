use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use JSON::PP;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: there is no JSON' unless is_ours();
plan skip_all => 'python3 is needed' unless grep { -x "$_/python3" } split /:/, $ENV{PATH};

# The XML's figures as JSON, whatever stands in routes and names.
my ($a, $b, $c) = map { CxxProxy::Backend->named($_) } qw(a b c);
my $httpd = CxxProxy::Httpd->start(files => { 'read.py' => <<'PY' }, config => <<"CONF");
import json, sys
def once(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)
print(json.dumps(json.loads(sys.stdin.buffer.read().decode('utf-8'), object_pairs_hook=once)))
PY
<Proxy balancer://cluster>
    BalancerMember http://$a "route=a&b<c>'" redirect=\xc3\xa4 loadfactor=2.5 timeout=7 keepalive=on retry=5
    BalancerMember http://user:sesame\@127.0.0.1:@{[$b->port]}/x\@y:z "route=say\\"so\\"\\\\\xff" hcmethod=HEAD hcinterval=1h "hcuri=/\xe4\\"\x7f"
    BalancerMember http://$c/y
    ProxySet stickysession=S&D nofailover=On
</Proxy>
<Proxy balancer://empty>
    ProxySet timeout=3
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $manager = CxxProxy::Manager->new($httpd, '/manager');

sub parsed ($text) {
    my $file = $httpd->root . '/answer.json';
    open my $to, '>:raw', $file or die "$file: $!\n";
    print $to $text;
    close $to;
    my $output = qx(python3 '@{[$httpd->root]}/read.py' <'$file' 2>&1);
    is $?, 0, 'a parser reads it, and finds no name twice' or diag $output, $text;
    return JSON::PP->new->decode($output);
}
$httpd->get('/x');
my $response = $manager->get('?json=1');
is $response->header('Content-Type'), 'application/json';
is $response->header('Cache-Control'), 'no-store';
unlike $response->body, qr/sesame/, 'no password';
my $balancers = parsed($response->body)->{balancers};
my ($cluster) = grep { $_->{name} eq 'balancer://cluster' } @$balancers;
my ($first, $second, $third) = $cluster->{workers}->@*;
is $cluster->{nonce}, $manager->nonce('cluster');
is $cluster->{stickysession}, 'S&D';
ok $cluster->{nofailover} && ref $cluster->{nofailover}, 'On is true';
is $first->{route}, 'a&b<c>\'';
is $first->{redirect}, "\xe4";
is $first->{loadfactor}, 2.5;
ok $first->{keepalive};
is $second->{name}, 'http://user@127.0.0.1:' . $b->port . '/x@y:z';
is $second->{route}, "say\"so\"\\\xff", 'what is no UTF-8 is read as ISO-8859-1';
is $second->{healthcheck}{uri}, "/\xe4\"\x7f";
is join(' ', map { $second->{healthcheck}{$_} } qw(method interval passes fails)), 'HEAD 3600000 1 1';
ok !exists $third->{healthcheck};
is_deeply [map { $_->{workers} } grep { $_->{name} =~ /empty/ } @$balancers], [[]], 'a balancer without members';

# Each element of the XML is there, and says the same.
my $xml = $manager->member('cluster', "http://$c/y");
for my $name (sort keys %$xml) {
    is $third->{$name}, $xml->{$name} =~ s/\A1\.00\z/1/r, $name;
}

is $httpd->request(method => 'POST', path => '/manager?json=1')->status, 200;
is $httpd->raw("HEAD /manager?json=1 HTTP/1.1\r\nHost: proxy.test\r\nConnection: close\r\n\r\n") =~ /\r\n\r\n(.*)/s && $1, '', 'nothing behind a HEAD';
done_testing;
