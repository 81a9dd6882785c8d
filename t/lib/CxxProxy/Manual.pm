# Reads the documents as tests see them: headings, links, configurations, and the manual's entries.
#
# An entry is a heading of the third level with a list right behind it:
#
#     ### ProxyVia
#
#     - Syntax: `ProxyVia Off|On|Full|Block`
#     - Context: server, virtual host
#     - Default: `ProxyVia Off`
package CxxProxy::Manual;

use v5.36;
use CxxProxy::Stack qw(repo_root);
use Exporter qw(import);
use File::Find qw(find);

our @EXPORT_OK = qw(anchor code_of documents entries read_document table_codes);

# The paths, from the root of the project, of README.md and all that is under docs/.
sub documents () {
    my $root = repo_root();
    my @found;
    find({no_chdir => 1, wanted => sub { push @found, s{^\Q$root\E/}{}r if /\.md$/ }}, "$root/docs");
    return ('README.md', sort @found);
}

# {path, headings => [{level, text, anchor, line}], links => [{target, line}], blocks => [{info, text, line}],
#  entries => [{name, line, fields, text, blocks}], html => [{text, line}]}
sub read_document ($path) {
    open my $in, '<:encoding(UTF-8)', repo_root() . "/$path" or die "$path: $!\n";
    my $document = {path => $path, map { $_ => [] } qw(headings links blocks entries html)};
    my (%seen, $block);
    while (my $line = <$in>) {
        chomp $line;
        if ($block) {
            if ($line =~ /^\s*```\s*$/) { undef $block }
            else                        { $block->{text} .= "$line\n" }
        }
        elsif ($line =~ /^\s*```(.*)/) {
            push $document->{blocks}->@*, $block = {info => $1, text => '', line => $.};
            if (my $entry = open_entry($document)) { push $entry->{blocks}->@*, $block }
        }
        elsif ($line =~ /^(#+)\s+(.*?)\s*$/) { add_heading($document, length $1, $2, \%seen) }
        else                                 { add_line($document, $line) }
    }
    return $document;
}

sub add_heading ($document, $level, $text, $seen) {
    my $anchor = anchor($text);
    my $count  = $seen->{$anchor}++;
    $anchor .= "-$count" if $count;
    push $document->{headings}->@*, {level => $level, text => $text, anchor => $anchor, line => $.};
    my $entry = {name => $text =~ tr/`\\//dr, line => $., path => $document->{path}, fields => {}, text => '', blocks => []};
    if    ($level == 3)                           { push $document->{entries}->@*, $entry }
    elsif (my $last = $document->{entries}[-1]) { $last->{closed} = 1 }
    add_links($document, $text);
    return;
}

# The entry that the lines to come belong to.
sub open_entry ($document) {
    my $entry = $document->{entries}[-1];
    return $entry && !$entry->{closed} ? $entry : undef;
}

sub add_line ($document, $line) {
    if (my $entry = open_entry($document)) {
        if   ($line =~ /^- ([A-Z][A-Za-z ]*): (.*)/) { $entry->{fields}{$1} = $2 }
        else                                         { $entry->{text} .= "$line\n" }
    }
    add_links($document, $line) if $line !~ /^ {4}/;
    return;
}

sub add_links ($document, $line) {
    my $prose = $line =~ s/(`+).*?\1//gr;
    push $document->{html}->@*,  {text   => $1, line => $.} while $prose =~ m{(<(?!https?:)[A-Za-z/!][^>]*>)}g;
    push $document->{links}->@*, {target => $1, line => $.} while $prose =~ /\]\(([^()\s]+)\)/g;
    return;
}

# The fragment that leads to a heading, where Markdown is shown as a page.
sub anchor ($heading) {
    $heading =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
    return lc($heading) =~ s/[^\w\s-]//gr =~ s/\s/-/gr;
}

# The code spans of a line.
sub code_of ($text) { return $text =~ /`([^`]+)`/g }

# The code spans of the first cell of each row of a document's tables under these headings.
sub table_codes ($path, @headings) {
    my %wanted = map { $_ => 1 } @headings;
    open my $in, '<:encoding(UTF-8)', repo_root() . "/$path" or die "$path: $!\n";
    my ($on, @found);
    while (my $line = <$in>) {
        if    ($line =~ /^#+\s+(.*?)\s*$/)      { $on = $wanted{$1} }
        elsif ($on && $line =~ /^\|((?:[^|\\]|\\.)*)\|/) { push @found, code_of($1) }
    }
    return @found;
}

# All entries of docs/manual/'s files of that name, a glob.
sub entries ($files) {
    my $root = repo_root();
    return map { read_document(s{^\Q$root\E/}{}r)->{entries}->@* } sort glob "$root/docs/manual/$files";
}

1;
