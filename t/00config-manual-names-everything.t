#!/usr/bin/perl

# Ours only: the manual has an entry for each directive and each key that the module knows, and for nothing else.

use v5.36;

use FindBin ();
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use File::Temp ();

use CxxProxy::ConfigTable qw(check_all find_server);
use CxxProxy::Manual qw(code_of documents entries read_document);
use CxxProxy::Stack qw(is_ours load_lines);

plan skip_all => 'stock modules: the manual is ours' unless is_ours();
my $server = find_server() or plan skip_all => 'no httpd with the stock proxy modules';

my @RECORDS = qw(proxy_http2 proxy_wstunnel lbmethod_bytraffic lbmethod_bybusyness lbmethod_heartbeat proxy_hcheck);

# {directive => the module that has it}, as `apache2 -L` says of these modules.
sub directives_of (@modules) {
    my $root = File::Temp->newdir('listing-XXXXXX', TMPDIR => 1);
    mkdir "$root/logs";
    open my $out, '>', "$root/httpd.conf" or die "httpd.conf: $!\n";
    say {$out} 'ServerName localhost';
    say {$out} "LoadModule $_->[0] $_->[1]" for ['mpm_event_module', "$server->{stock_dir}/mod_mpm_event.so"], @modules;
    close $out or die "httpd.conf: $!\n";
    my %found;
    for (qx("$server->{binary}" -L -d "$root" -f "$root/httpd.conf" 2>&1)) {
        my ($name, $module) = /^(\S+) \((mod_\w+)\.c\)/ or next;
        $found{$name =~ /^</ ? "$name>" : $name} = $module;
    }
    return %found;
}

sub is_the_same ($name, $got, $expected) { is join("\n", sort @$got), join("\n", sort @$expected), $name }

my @directives = entries('directives-*.md');
my %ours       = directives_of(load_lines(@RECORDS));
my @stock      = grep { -e $_->[1] } map { ["${_}_module", "$server->{stock_dir}/mod_$_.so"] }
    qw(so watchdog ssl reqtimeout proxy proxy_http proxy_balancer proxy_wstunnel lbmethod_heartbeat proxy_hcheck);
my %elsewhere = directives_of(@stock);
my @ours      = grep { $ours{$_} =~ /^mod_(?:cxxproxy|proxy|lbmethod)/ } keys %ours;

cmp_ok scalar(@ours), '>', 50, 'the server lists directives of ours';
is_the_same 'each directive has an entry', [map { $_->{name} } @directives], \@ours;
for my $entry (@directives) {
    my $fields = $entry->{fields};
    my @missing = grep { !$fields->{$_} } qw(Syntax Context Default Since Stock);
    is "@missing", '', "$entry->{name}: its list is complete";
    is $fields->{Stock}, $elsewhere{$entry->{name}} // 'none', "$entry->{name}: the stock module that has it";
    like join(' ', code_of($fields->{Syntax} // '')), qr/^\Q@{[$entry->{name} =~ s{>}{}r]}\E\b/, "$entry->{name}: its syntax begins with it";
    like $entry->{text}, qr/\w{3}/, "$entry->{name}: a text";
    ok scalar(grep { $_->{info} eq 'apache' } $entry->{blocks}->@*), "$entry->{name}: an example";
}

# What is wrong with an unknown key is said with the names of those that are known.
sub known_keys ($snippet) {
    my ($answer) = check_all(
        server      => $server,
        stack       => 'cxxproxy',
        cxxproxy_so => (load_lines())[0][1],
        entries     => [{snippet => "$snippet\n", 'proxy-modules' => ['proxy_hcheck']}],
        at_once     => 1,
    );
    my ($list) = $answer->{output} =~ /expected one of (.*?)(?: or an hc\* key|;|$)/m;
    return split /,\s*/, $list =~ s/,\s*$//r;
}

my %table = (
    'keys-members.md'       => 'ProxyPass / http://127.0.0.1/ nosuchkey=1',
    'keys-balancers.md'     => 'ProxyPass / balancer://a/ nosuchkey=1',
    'keys-health-checks.md' => 'ProxyHCTemplate a nosuchkey=1',
);
for my $file (sort keys %table) {
    my @known = known_keys($table{$file});
    cmp_ok scalar(@known), '>', 10, "$file: the module lists its keys";
    my @entries = entries($file);
    is_the_same "$file: each key has an entry", [map { $_->{name} } @entries], \@known;
    for my $entry (@entries) {
        my @missing = grep { !$entry->{fields}{$_} } qw(Syntax Values Accepts Refuses Default Since Stock);
        @missing = grep { $_ ne 'Refuses' || $entry->{fields}{Values} !~ /^(?:any|at most)/ } @missing;
        push @missing, 'Example' unless $entry->{fields}{Example} || grep { $_->{info} eq 'apache' } $entry->{blocks}->@*;
        is "@missing", '', "$entry->{name}: its list is complete";
        like $entry->{text}, qr/\w{3}/, "$entry->{name}: a text";
    }
}

# The index leads to every entry.
my %linked = map { $_->{target} => 1 } read_document('docs/manual/index.md')->{links}->@*;
for my $path (grep { m{^docs/manual/(?:directives|keys)-} } documents()) {
    my ($page) = $path =~ m{([^/]+)$};
    my @wanted = map { "$page#$_->{anchor}" } grep { $_->{level} == 3 } read_document($path)->{headings}->@*;
    is join("\n", grep { !$linked{$_} } $page, @wanted), '', "the index leads to $page and its entries";
}

done_testing;
