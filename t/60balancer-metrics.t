use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::HealthCheck;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);

plan skip_all => 'cxxproxy-metrics is mod_cxxproxy\'s own' unless is_ours();

# OpenMetrics text for a monitor, of the balancers of all servers.
my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$a "route=say\\"so\\"\\\\\xff"
    BalancerMember http://user:sesame\@127.0.0.1:@{[$b->port]} status=+D hcmethod=HEAD hcinterval=1h
    BalancerMember http://user:other\@127.0.0.1:@{[$b->port]} status=+D
</Proxy>
@{[CxxProxy::Manager::in_front]}
<Location /metrics>
    ProxyPass !
    SetHandler cxxproxy-metrics
</Location>
<VirtualHost *:__PORT__>
    ServerName first.test
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName proxy.test
    <Proxy balancer://own>
        BalancerMember http://$a/own
    </Proxy>
    <Proxy balancer://cluster>
        ProxySet timeout=3
    </Proxy>
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName other.test
    <Proxy balancer://own>
        BalancerMember http://$a/own
    </Proxy>
</VirtualHost>
CONF
my @proxy_test = (Host => 'proxy.test');

# { family => { type, unit, help, samples => { labels => value } } }, as strict as the format (OpenMetrics 1.0).
sub parse ($text) {
    my (%families, $family, %done);
    $text =~ s/# EOF\n\z// or die "no end\n";
    for my $line (split /(?<=\n)/, $text) {
        $line =~ s/\n\z// or die "a line without end: $line\n";
        if ($line =~ /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|info)$/) {
            die "$1 comes twice\n" if $families{$1};
            $family = $families{$1} = { name => $1, type => $2, samples => {} };
        }
        elsif ($line =~ /^# UNIT (\S+) (\w+)$/) {
            die "$line is not of $family->{name}, or its name has not the unit\n" unless $1 eq $family->{name} && $1 =~ /_$2$/;
        }
        elsif ($line =~ /^# HELP (\S+) (\S.*)$/) { die "$line is not of $family->{name}\n" unless $1 eq $family->{name} }
        elsif ($line =~ /^([a-zA-Z_:][\w:]*)\{([a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*")*)\} (-?\d+(?:\.\d+)?)$/) {
            my ($name, $labels, $value) = ($1, $2, $3);
            my $wanted = $family->{name} . ({ counter => '_total', info => '_info' }->{ $family->{type} } // '');
            die "$name, not $wanted\n" unless $name eq $wanted;
            die "$labels comes twice\n" if exists $family->{samples}{$labels};
            my @names = $labels =~ /(?:^|,)(\w+)="/g;
            my %names = map { $_ => 1 } @names;
            die "a label twice: $labels\n" if keys %names != @names;
            $family->{samples}{$labels} = $value;
        }
        else { die "not understood: $line\n" }
    }
    return \%families;
}

$httpd->get('/x', @proxy_test) for 1 .. 3;
my $metrics;
sub look () {
    my $response = $httpd->get('/metrics', @proxy_test);
    $metrics = eval { parse($response->body) };
    ok $metrics, 'a parser reads it' or diag $@, $response->body;
    return $response;
}
sub value ($family, @labels) {
    my $samples = $metrics->{"cxxproxy_member_$family"}{samples};
    my @found = grep { my $all = $_; !grep { index($all, $_) < 0 } @labels } sort keys %$samples;
    return join ' ', map { $samples->{$_} } @found;
}
await('the end of the requests', sub { look; value('inflight', "http://$a\"") eq '0' });

my $response = look;
is $response->header('Content-Type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8';
is $response->header('Cache-Control'), 'no-store';
unlike $response->body, qr/sesame/, 'no password';
is_deeply [map { s/cxxproxy_member_//r . " $metrics->{$_}{type}" } sort keys %$metrics], [
    'check info', 'check_duration_seconds gauge', 'check_failures counter', 'check_passed gauge', 'check_timestamp_seconds gauge',
    'checks counter', 'inflight gauge', 'received_bytes counter', 'requests counter', 'sent_bytes counter', 'status gauge', 'up gauge' ];
my @first = ('server="*"', 'balancer="balancer://cluster"', "member=\"http://$a\"", "route=\"say\\\"so\\\"\\\\\xc3\xbf\"");
is value(requests => @first), 3, 'requests, under labels whose texts are escaped';
is value(up => @first), 1;
like value(sent_bytes => @first), qr/^[1-9]\d*$/;
like value(received_bytes => @first), qr/^[1-9]\d*$/;
my @second = ("member=\"http://user\@127.0.0.1:@{[$b->port]}\"");
is value(up => @second), '0 0', 'two that differ in the password only; what is disabled is not up';
is value(up => @second, 'number="2"'), '0';
like value(checks => @second), qr/^\d+$/, 'checks of the one that is checked';
like value(check_failures => @second), qr/^\d+$/;
is value(checks => @first), '', 'and of no other';
is value(check => @first), '';

sub flags (@labels) { join ' ', grep { value(status => @labels, qq(flag="$_")) eq '1' } qw(drn dis stop err stby spar hcfl) }
is flags(@first), '', 'no flag';
is flags(@second, 'number="2"'), 'dis', 'the one that is set';
is value(status => @first), '0 0 0 0 0 0 0', 'those that are not are said, too';

is value(up => 'balancer="balancer://own"'), '1 1', 'balancers of virtual hosts';
is value(up => 'balancer="balancer://own"', 'server="proxy.test '), '1', 'by their server';
is value(up => 'balancer="balancer://cluster"'), '1 0 0', 'one that virtual hosts inherit is there once';

my $checked = CxxProxy::HealthCheck->member('checked');
my $began   = time;
my $other   = CxxProxy::Httpd->start(config => <<"CONF");
<Proxy balancer://checked>
    BalancerMember http://$checked @{[$checked->keys]}
</Proxy>
@{[CxxProxy::Manager::in_front]}
<Location /metrics>
    ProxyPass !
    SetHandler cxxproxy-metrics
</Location>
CONF
sub look_there () { $metrics = parse($other->get('/metrics')->body) }
$checked->sick;
await('failed checks', sub { look_there; flags() eq 'hcfl' && value('check_passed') eq '0' });
is value(check => 'result="status 500"'), '1', 'what the last check has found';
cmp_ok value('check_timestamp_seconds'), '>=', $began, 'when it ended';
cmp_ok value('check_timestamp_seconds'), '<=', time + 1;
CxxProxy::Manager->new($other, '/manager')->change(b => 'checked', w => "http://$checked", w_hm => 'NONE');
look_there;
is value($_), '', "no $_ of checks that were turned off" for qw(checks check check_passed check_duration_seconds check_timestamp_seconds);

is $httpd->request(method => 'POST', path => '/metrics', headers => [@proxy_test])->status, 405, 'nothing to post';
is $httpd->request(method => 'HEAD', path => '/metrics', headers => [@proxy_test])->status, 200;
my ($python) = grep { -x && system("$_ -c 'import prometheus_client' 2>/dev/null") == 0 } '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH};
SKIP: {
    skip 'python3-prometheus-client is not there', 1 unless $python;
    open my $to, '|-', $python, '-c', 'import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as read; '
        . 'assert len(list(read(sys.stdin.buffer.read().decode("utf-8")))) == 12' or die $!;
    print $to $response->body;
    ok close $to, 'the parser of Prometheus reads it, too';
}
done_testing;
