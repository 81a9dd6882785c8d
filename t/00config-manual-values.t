#!/usr/bin/perl

# Ours only: keys take the values that their entries in the manual say, and refuse those that they name. What a
# directive or a key is when nobody sets it may be written out, and is what the balancer-manager shows.

use v5.36;

use FindBin ();
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use JSON::PP ();

use CxxProxy::Backend;
use CxxProxy::ConfigTable qw(check_all check_ours find_server);
use CxxProxy::Httpd;
use CxxProxy::Manual qw(code_of entries);
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: the manual is ours' unless is_ours();
my $server = find_server() or plan skip_all => 'no httpd with the stock proxy modules';

my %scene = (
    'keys-members.md'       => ['',                               'ProxyPass /%d http://127.0.0.1:%d/ %s'],
    'keys-balancers.md'     => ['',                               'ProxyPass /%d balancer://b%d/ %s'],
    'keys-health-checks.md' => ["ProxyHCTemplate known hcmethod=GET\nProxyHCExpr good {true}\n", 'BalancerMember balancer://a%d http://127.0.0.1:%d %s'],
);

sub quoted ($key, $value) { return qq("$key=) . ($value =~ s/"/\\"/gr) . '"' }

my @asked;
for my $file (sort keys %scene) {
    my ($before, $line) = $scene{$file}->@*;
    my ($n, $accepted, @says) = (0, $before);
    for my $entry (entries($file)) {
        my ($name, $fields) = $entry->@{qw(name fields)};
        my @good = code_of($fields->{Accepts} // '');
        ok @good, "$name: values that it accepts";
        $accepted .= sprintf("$line\n", $n, $n++, quoted($name, $_)) for @good;
        for my $bad (code_of($fields->{Refuses} // '')) {
            push @asked, {name => "$name=$bad is refused", verdict => 0, key => $name, snippet => $before . sprintf("$line\n", 1, 1, quoted($name, $bad))};
        }
    }
    push @asked, {name => "$file: all values that are to be accepted are", verdict => 1, snippet => $accepted};
}

# An example of a member stands in a balancer.
for my $file (sort keys %scene) {
    my @examples = map { code_of($_->{fields}{Example} // '') } entries($file);
    my $snippet  = join '', $scene{$file}[0], map { /^BalancerMember/ ? "<Proxy balancer://site>\n$_\n</Proxy>\n" : "$_\n" } @examples;
    push @asked, {name => "$file: the examples are accepted", verdict => 1, snippet => $snippet};
}

my $defaults = join '', map { "$_\n" } grep { !/^</ } map { code_of($_->{fields}{Default} // '') } entries('directives-*.md');
push @asked, {name => 'all defaults of directives can be written out', verdict => 1, snippet => $defaults, modules => [qw(ssl reqtimeout)]};

push $_->{'proxy-modules'}->@*, qw(proxy_http2 proxy_wstunnel proxy_hcheck) for @asked;
my @answers = check_ours(@asked);
for my $n (0 .. $#asked) {
    my ($question, $answer) = ($asked[$n], $answers[$n]);
    my $good = $question->{verdict} ? $answer->{accepted} : !$answer->{accepted} && $answer->{output} =~ /$question->{key}=/;
    ok $good, $question->{name} or diag $question->{snippet}, $answer->{output};
}

# --- what the stock modules know of it -----------------------------------------------------------------------------

my @of_stock;
for my $file (sort keys %scene) {
    my ($before, $line) = $scene{$file}->@*;
    my ($n, $known) = (0, $before);
    for my $entry (entries($file)) {
        my ($value) = code_of($entry->{fields}{Accepts} // '');
        my $snippet = sprintf("$line\n", $n, $n++, quoted($entry->{name}, $value));
        if ($entry->{fields}{Stock} ne 'none') { $known .= $snippet }
        else { push @of_stock, {name => "$entry->{name} is only here", verdict => 0, snippet => $before . $snippet} }
    }
    push @of_stock, {name => "$file: the stock modules know the others", verdict => 1, snippet => $known};
}
push $_->{'proxy-modules'}->@*, 'proxy_hcheck' for @of_stock;
@answers = check_all(server => $server, stack => 'stock', cxxproxy_so => '', entries => \@of_stock, at_once => 2);
for my $n (0 .. $#of_stock) {
    my ($question, $answer) = ($of_stock[$n], $answers[$n]);
    my $good = $question->{verdict} ? $answer->{accepted} : !$answer->{accepted} && $answer->{output} =~ /unknown .*parameter/i;
    ok $good, $question->{name} or diag $question->{snippet}, $answer->{output};
}

# --- what holds when nothing is said -------------------------------------------------------------------------------

my $backend = CxxProxy::Backend->named('a');
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend hcmethod=TCP
    ProxySet stickysession=SID
</Proxy>
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF
my $balancer = JSON::PP->new->decode($httpd->get('/manager?json=1')->body)->{balancers}[0];
my $member   = $balancer->{workers}[0];

sub defaults_of ($file) {
    return map { ($_->{name} => (code_of($_->{fields}{Default} // ''))[0] // '') } entries($file);
}
sub on_off ($flag) { return $flag ? 'On' : 'Off' }

my %of_member = defaults_of('keys-members.md');
is $of_member{$_}, $member->{$_} + 0, "$_: as the manager shows it" for qw(min max loadfactor lbset ttl);
is $of_member{$_}, $member->{$_}, "$_: as the manager shows it" for qw(route redirect);
my %of_balancer = defaults_of('keys-balancers.md');
is $of_balancer{lbmethod}, $balancer->{lbmethod}, 'lbmethod: as the manager shows it';
is $of_balancer{timeout},  $balancer->{timeout},  'timeout of a balancer: as the manager shows it';
is $of_balancer{$_}, on_off($balancer->{$_}), "$_: as the manager shows it" for qw(nofailover scolonpathdelim);
my %of_check = defaults_of('keys-health-checks.md');
my $check    = $member->{healthcheck};
is $of_check{hcinterval} =~ s/s$/000/r, $check->{interval}, 'hcinterval: as the manager shows it';
is $of_check{"hc$_"}, $check->{$_}, "hc$_: as the manager shows it" for qw(passes fails uri expr);

done_testing;
