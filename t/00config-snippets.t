#!/usr/bin/perl

# Every snippet of t/config/snippets/*.conf-table is accepted or refused by `apache2 -t` as the table says: by the stock
# modules, which are the oracle, and by mod_cxxproxy.
#
#     prove -It/lib t/00config-snippets.t
#
# CXXPROXY_STACK=stock or =cxxproxy asks one of them only. CXXPROXY_ONLY=regex picks snippets by file name or title.

use v5.36;

use FindBin ();
use lib "$FindBin::Bin/lib";
use Cwd qw(abs_path);
use Test::More;

use CxxProxy::ConfigTable qw(read_tables find_server check_all complaints);

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $MODULE = abs_path("$FindBin::Bin/..") . '/build/mod_cxxproxy.so';

my $server = find_server() or plan skip_all => 'no httpd with the stock proxy modules';

my @entries = read_tables(sort glob "$FindBin::Bin/config/snippets/*.conf-table");
if (my $only = $ENV{CXXPROXY_ONLY}) {
    @entries = grep { "$_->{where} $_->{title}" =~ /$only/i } @entries;
}

sub stacks () {
    my $asked = $ENV{CXXPROXY_STACK} // '';
    die "CXXPROXY_STACK is `stock` or `cxxproxy`, not `$asked`\n" unless $asked =~ /^(?:stock|cxxproxy|)$/;
    return $asked || ('stock', 'cxxproxy');
}

sub test_stack ($stack) {
    my @entries = grep { ($_->{only} // $stack) eq $stack } @entries;
    my @answers = check_all(
        server      => $server,
        stack       => $stack,
        cxxproxy_so => $MODULE,
        entries     => \@entries,
        at_once     => 2,
    );
    for my $n (0 .. $#entries) {
        my ($entry, $answer) = ($entries[$n], $answers[$n]);
        my @wrong = complaints($entry, $stack, $answer);
        ok(!@wrong, "$stack: $entry->{title}") or report($entry, $answer, @wrong);
    }
    return;
}

sub report ($entry, $answer, @wrong) {
    diag("$entry->{where}: $_") for @wrong;
    diag($entry->{snippet}, $answer->{output});
    return;
}

for my $stack (stacks()) {
    SKIP: {
        skip 'build/mod_cxxproxy.so is not built', 1 if $stack eq 'cxxproxy' && !$ENV{CXXPROXY_STACK} && !-e $MODULE;
        test_stack($stack);
    }
}

done_testing;
