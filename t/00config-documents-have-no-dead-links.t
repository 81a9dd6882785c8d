#!/usr/bin/perl

# Ours only: links between documents lead somewhere, in Markdown and in the pages that tools/docs makes of it, and the
# manual pages are some that man knows how to list.

use v5.36;

use FindBin ();
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Temp ();

use CxxProxy::Manual qw(documents read_document);
use CxxProxy::Stack qw(is_ours repo_root);

plan skip_all => 'stock modules: the documents are ours' unless is_ours();
my $root = realpath(repo_root());

# --- Markdown ------------------------------------------------------------------------------------------------------

my %document = map { $_ => read_document($_) } documents();

sub anchors_of ($path) {
    my $document = $document{$path} //= read_document($path);
    return map { $_->{anchor} => 1 } $document->{headings}->@*;
}

# Why a link is dead; nothing if it is not.
sub trouble ($path, $target) {
    return if $target =~ /^(?:https?|mailto):/;
    my ($file, $fragment) = $target =~ /^([^#]*)(?:#(.*))?$/;
    my $wanted = length $file ? "$root/" . dirname($path) . "/$file" : "$root/$path";
    return 'no such file' unless -e $wanted;
    my $real = realpath($wanted) =~ s{^\Q$root\E/}{}r;
    return 'it leaves the project' if $real =~ m{^/};
    return unless defined $fragment;
    return 'a fragment of what is no document' unless $real =~ /\.md$/;
    my %anchor = anchors_of($real);
    return $anchor{$fragment} ? () : 'no such heading';
}

for my $path (documents()) {
    my $document = $document{$path};
    my @dead = map { my $why = trouble($path, $_->{target}); $why ? "$path:$_->{line}: $_->{target}: $why" : () } $document->{links}->@*;
    is join("\n", @dead), '', "$path: its links";
    is join("\n", map { "$path:$_->{line}: $_->{text}" } $document->{html}->@*), '', "$path: no HTML, which would not be shown";
}

# --- pages ---------------------------------------------------------------------------------------------------------

SKIP: {
    skip 'lowdown is not installed', 1 if system('command -v lowdown >/dev/null') != 0;
    my $out = File::Temp->newdir('documents-XXXXXX', TMPDIR => 1);
    is qx("$root/tools/docs" "$out" 2>&1), '', 'tools/docs has no complaints';
    is $?, 0, 'and makes them' or last SKIP;
    check_pages("$out/html");
    skip 'man-db is not installed', 1 if system('command -v lexgrog >/dev/null') != 0;
    check_manual_pages("$out/man");
}

sub content ($path) {
    open my $in, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}

sub files_below ($dir, $pattern) {
    my @found;
    find({no_chdir => 1, wanted => sub { push @found, $_ if -f && /$pattern/ }}, $dir);
    return sort @found;
}

sub check_pages ($dir) {
    my %html = map { $_ => content($_) } files_below($dir, qr/\.html$/);
    cmp_ok scalar(keys %html), '>=', scalar(grep { m{^docs/} } documents()), 'a page for each document';
    my %ids;
    for my $page (keys %html) { $ids{$page}{$_}++ for $html{$page} =~ /\bid="([^"]*)"/g }
    for my $page (sort keys %html) {
        my @wrong = map { "id $_ twice" } grep { $ids{$page}{$_} > 1 } sort keys $ids{$page}->%*;
        for my $link ($html{$page} =~ /\b(?:href|src)="([^"]*)"/g) {
            next if $link =~ /^(?:https?|mailto):/;
            my ($file, $fragment) = $link =~ s/&#(\d+);/chr $1/ger =~ /^([^#]*)(?:#(.*))?$/;
            my $target = length $file ? realpath(dirname($page) . "/$file") : $page;
            push @wrong, "$link leads nowhere"        if !$target || !-f $target;
            push @wrong, "$link leads to no place in" if $target && defined $fragment && !$ids{$target}{$fragment};
        }
        push @wrong, 'a script' if $html{$page} =~ /<script/;
        is join("\n", @wrong), '', 'as a page: ' . $page =~ s{^\Q$dir\E/}{}r;
    }
    return;
}

sub check_manual_pages ($dir) {
    my @pages = files_below($dir, qr/\.7$/);
    ok((grep { m{/mod_cxxproxy\.7$} } @pages), 'there is mod_cxxproxy(7)');
    for my $page (@pages) {
        my ($name) = $page =~ m{([^/]+)\.7$};
        my $listed = qx(lexgrog "$page" 2>&1);
        like $listed, qr/: "\Q$name\E - \w/, "$name(7): man lists it" or diag $listed;
        my $warnings = qx(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null);
        is $warnings, '', "$name(7): groff has no complaints";
    }
    return;
}

done_testing;
