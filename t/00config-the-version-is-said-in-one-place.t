# New: the file VERSION is where the version stands; whatever else says it says the same.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'about mod_cxxproxy alone' unless is_ours();

sub first_line ($file) {
    open my $handle, '<', "$FindBin::Bin/../$file" or die "$file: $!";
    return scalar readline $handle;
}
chomp(my $version = first_line('VERSION'));
like $version, qr/^\d+\.\d+\.\d+$/, 'a version';
like first_line('debian/changelog'), qr/^libapache2-mod-cxxproxy \(\Q$version\E\) /, 'the package has it';
like first_line('CHANGES'), qr/\b\Q$version\E\b/, 'CHANGES begins with it';

my $httpd = CxxProxy::Httpd->start(config => "LogLevel cxxproxy:info\n");
ok $httpd->wait_for_log(qr{CXP0405: mod_cxxproxy/\Q$version\E is in place}), 'the module says it when the server starts';
done_testing;
