#!/usr/bin/perl

# What the documents say about log lines: each AH and CXP number that they name is one that the source writes (or one of
# httpd's own, listed here), docs/log-ids.md has each CXP number of the source with its level, and docs/troubleshooting.md
# each AH number that is logged at level warn or above.
use v5.36;
use FindBin ();
use Test::More;

my $root = "$FindBin::Bin/..";

# Written by httpd itself. What the documents say about these nobody checks.
my %httpds_own = map { $_ => 1 } qw(AH00026 AH00128 AH00484 AH00526 AH00558 AH00561 AH00565 AH01630);

my %word = (EMERG => 'emergency', CRIT => 'critical', ERR => 'error', WARNING => 'warning', NOTICE => 'notice', INFO => 'info',
    DEBUG => 'debug');

sub slurp ($path) {
    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    local $/;
    return <$file>;
}

sub files ($pattern, @below) {
    return sort grep { /$pattern/ } map { glob "$root/$_" } @below;
}

# id => { level => 1, ... } of all lines that the source writes; a number without a level of its own has none.
my %written;
for my $file (files(qr/\.[ch]pp$/, map { "modules$_/*.[ch]pp" } '', '/*', '/*/*')) {
    my $text = slurp($file);
    while ($text =~ /\b(APLOGNO|CXXPROXY_LOGNO)\((\d+)\)/g) {
        my $id      = ($1 eq 'APLOGNO' ? 'AH' : 'CXP') . $2;
        my @before  = substr($text, 0, $-[0]) =~ /(?:APLOG_MARK,\s*(?:APLOG_STARTUP \| )?|\bsay\()APLOG_([A-Z]+)/g;
        my $levels  = $written{$id} //= {};
        $levels->{ $word{ $before[-1] } } = 1 if @before && $word{ $before[-1] };
    }
}
cmp_ok scalar(grep { /^AH/ } keys %written),  '>', 40, 'the source has numbers of the stock modules';
cmp_ok scalar(grep { /^CXP/ } keys %written), '>', 30, 'and its own';

my %table;
for (split /\n/, slurp("$root/docs/log-ids.md")) {
    my ($id, $level) = /^\| (CXP\d{4}) \| ([a-z, ]+) \|/ or next;
    ok !$table{$id}++, "$id has one line" or next;
    my @levels = sort keys %{ $written{$id} // {} };
    is $level, join(', ', @levels), "$id: its level is that of the source";
    cmp_ok scalar(@levels), '<=', 1, "$id: and it has one only";
}
is join(' ', grep { !$table{$_} } sort grep { /^CXP/ } keys %written), '', 'each CXP number of the source is in docs/log-ids.md';

my $page = slurp("$root/docs/troubleshooting.md");
my @loud = grep { /^AH/ && grep { /^(?:warning|error|critical|emergency)$/ } keys %{ $written{$_} } } sort keys %written;
is join(' ', grep { $page !~ /\b$_\b/ } @loud), '', 'each AH number of level warn and above is in docs/troubleshooting.md';

my @documents = files(qr/\.md$/, qw(*.md docs/*.md docs/*/*.md conf-examples/*.md));
cmp_ok scalar(@documents), '>', 2, 'there are documents';
for my $document (@documents) {
    my %named = map { $_ => 1 } slurp($document) =~ /\b(AH\d{5}|CXP\d{4})\b/g;
    my @unknown = grep { !$written{$_} && !$httpds_own{$_} } sort keys %named;
    is "@unknown", '', $document =~ s/^\Q$root\E\///r . ': each number is one that is written';
}

done_testing;
