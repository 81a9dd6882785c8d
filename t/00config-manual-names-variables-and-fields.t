#!/usr/bin/perl

# Ours only: the manual names the variables, notes, parameters, fields and metrics that there are, and no others.

use v5.36;

use FindBin ();
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use JSON::PP ();

use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manual qw(table_codes);
use CxxProxy::Stack qw(is_ours repo_root);
use CxxProxy::Wait qw(await);

plan skip_all => 'stock modules: the manual is ours' unless is_ours();

sub in_order (@names) { my %once = map { $_ => 1 } @names; return join "\n", sort keys %once }

sub the_same ($name, $documented, @there) {
    cmp_ok scalar(@there), '>', 2, "$name: some are there";
    is in_order($documented->@*), in_order(@there), $name;
}

# --- what the sources name -----------------------------------------------------------------------------------------

my $sources = join '', map { open my $in, '<', $_ or die "$_: $!\n"; local $/; <$in> }
    map { glob repo_root() . "/modules/httpd/$_" } qw(*.cpp */*.cpp);

my $environment = 'docs/manual/environment.md';
my %set = map { $_ => 1 } $sources =~ /set_env\(\w+, "([^"]+)"/g;
the_same 'variables that are set', [table_codes($environment, 'Variables that are set')], keys %set;
# DUMP_PROXY reads what the module has set.
the_same 'variables that are read', [table_codes($environment, 'Variables that are read')],
    $sources =~ /\{"([\w.-]+)", Switch::/g,
    grep { !$set{$_} || /^proxy-/ } $sources =~ /apr_table_get\(\w+->subprocess_env, "([^"]+)"\)/g;
my %of_the_core = map { $_ => 1 } qw(error-notes verbose-error-to short-lingering-close no-etag);
the_same 'notes', [table_codes($environment, 'Notes for log formats')],
    grep { !$of_the_core{$_} } $sources =~ /apr_table_setn\(\w+->notes, "([^"]+)"/g;

my $handlers = 'docs/manual/handlers.md';
my @letters  = map { "w_status_$_" } qw(I N D H R S C);
the_same 'parameters of the manager', [table_codes($handlers, 'Looking', 'Changing')],
    $sources =~ /form_?\.(?:find|number|has)\("(\w+)"/g, $sources =~ /\b(?:route|count)\("(w_\w+)"/g, @letters;

my @parts = table_codes('docs/manual/directives-health-checks.md', 'ProxyHCExpr');
cmp_ok scalar(@parts), '>', 2, 'parts of expressions are named';
my ($accepted, $said) = CxxProxy::Httpd->check(stack => ['proxy_hcheck'], config => join '', map { "ProxyHCExpr e$_ {$parts[$_] == 'x'}\n" } 0 .. $#parts);
ok $accepted, 'and can stand in one' or diag $said;

# --- what a server says --------------------------------------------------------------------------------------------

my $backend = CxxProxy::Backend->named('a');
my $httpd   = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], config => <<"CONF");
<Proxy balancer://cluster>
    BalancerMember http://$backend/ok hcmethod=TCP hcinterval=100ms retry=1 acquire=1 connectiontimeout=1 keepalive=On
    BalancerMember http://127.0.0.1:1 timeout=5 receivebuffersize=0 iobuffersize=0 disablereuse=Off
    ProxySet stickysession=SID maxattempts=1
</Proxy>
ProxyPass /app balancer://cluster
<Location /manager>
    SetHandler balancer-manager
</Location>
<Location /metrics>
    SetHandler cxxproxy-metrics
</Location>
CONF

# By names, whichever member has them: what stands in the objects of a list.
sub fields_of (@objects) { return map { keys %$_ } @objects }

my $balancer;
await('a check, and a member in error', sub {
    $httpd->get('/app');
    $balancer = JSON::PP->new->decode($httpd->get('/manager?json=1')->body)->{balancers}[0];
    my %seen = map { $_ => 1 } fields_of($balancer->{workers}->@*, map { $_->{healthcheck} // () } $balancer->{workers}->@*);
    return $seen{error_time} && $seen{last_time};
});
my @members = $balancer->{workers}->@*;
the_same 'fields of the JSON', [table_codes($handlers, 'Fields of the XML and JSON')],
    fields_of($balancer, @members, map { $_->{healthcheck} // () } @members);

my @metrics;
for my $line (split /\n/, $httpd->get('/metrics')->body) {
    push @metrics, $1 . ({counter => '_total', info => '_info'}->{$2} // '') if $line =~ /^# TYPE (\S+) (\S+)/;
}
the_same 'metrics', [grep { /^cxxproxy_/ } table_codes($handlers, 'cxxproxy-metrics')], @metrics;

done_testing;
