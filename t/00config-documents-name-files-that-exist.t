#!/usr/bin/perl

# Sources, tests and settings that the documents name are there: `bybusyness.cpp` anywhere in the tree, `httpd/config.hpp`
# below some folder, `t/50proxy-h2c-*.t` as a pattern.
use v5.36;
use FindBin ();
use File::Find qw(find);
use Test::More;

my $root = "$FindBin::Bin/..";

my @files;
find({
    no_chdir   => 1,
    preprocess => sub { grep { $_ !~ /^(?:\.git|build|node_modules)$/ } @_ },
    wanted     => sub { push @files, s/^\Q$root\E//r if -f },
}, $root);

sub slurp ($path) {
    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    local $/;
    return <$file>;
}

sub is_there ($name) {
    my $pattern = join '[^/]*', map { quotemeta } split /\*/, $name, -1;
    return scalar grep { m{/$pattern$} } @files;
}

ok !is_there('no_such_file.cpp'), 'what is not there is not found';
for my $document (grep { -e } map { "$root/$_" } qw(README.md CONTRIBUTING.md modules/README.md t/README.md bench/README.md),
    map { s/^\Q$root\E\///r } glob "$root/docs/*.md") {
    my %named = map { $_ => 1 } slurp($document) =~ m{`([\w/.*-]+\.(?:cpp|hpp|t|pm|conf-table))`}g;
    my @missing = grep { !is_there($_) } sort keys %named;
    is "@missing", '', $document =~ s/^\Q$root\E\///r . ': ' . keys(%named) . ' files';
}

done_testing;
