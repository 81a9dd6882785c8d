use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::TlsClient;

# Each file of conf-examples/ is accepted as it is, but for certificates, which must be there; the table of the folder's README
# says of each what the file itself says, and each has its test.
plan skip_all => CxxProxy::TlsClient->missing if CxxProxy::TlsClient->missing;
my $pair   = CxxProxy::TlsClient->certificate('www.example.org');
my %row    = map { /^\| [^|]+ \| `([\w.-]+)` \| ([^|]+) \|/ ? ($1 => $2) : () } split /\n/, CxxProxy::Example::text_of('README.md');
my @tested = map { CxxProxy::Httpd::slurp($_) } glob "$FindBin::Bin/80example-*.t";

for my $name (CxxProxy::Example->files) {
    my $example = CxxProxy::Example->read($name);
    is delete $row{$name}, join(' ', map { "`$_`" } @{ $example->{enable} }) . ($example->is_proxy && !$example->{stock} ? ', ours only' : ''),
        "$name: its modules in the table";
    like $example->{head}, qr/^# Change:  .+^# Expect:  /ms, 'it says what to change and to expect';
    ok scalar(grep { /->open\('\Q$name\E'\)/ } @tested), 'and has a test';
    SKIP: {
        skip "$name is not for this stack", 1 unless $example->is_for_this_stack;
        my $text = $example->{text} =~ s{/etc/ssl/\S+\.pem$}{$pair->{cert}}mgr =~ s{/etc/ssl/\S+\.key$}{$pair->{key}}mgr;
        my ($accepted, $said) = CxxProxy::Httpd->check($example->options, config => "Define APACHE_LOG_DIR __ROOT__/logs\n$text");
        ok $accepted, "$name is accepted" or diag $said;
        is_deeply [grep { !/^Syntax OK$|DocumentRoot \[.*\] does not exist/ } split /\n/, $said], [], 'without a warning';
    }
}
is_deeply [grep { /\.conf$/ } sort keys %row], [], 'the table has no other file';
is CxxProxy::Example->read('balancer.conf')->{stock}[0], 'proxy', 'what stock wants is read';

# The rules of the helper that the examples' tests rely on.
sub refused ($text, $replace = {}) {
    my $example = bless { name => 'x', text => $text }, 'CxxProxy::Example';
    return eval { $example->filled($replace); 0 } // $@;
}
my $line = "ServerName www.example.org\nProxyPass / http://10.0.0.11:8080/\n";
like refused($line), qr/not replaced: 10\.0\.0\.11/, 'an address that is left';
is refused($line, { '10.0.0.11:8080' => '127.0.0.1:1' }), 0, 'none';
like refused($line, { '10.0.0.11:8080' => '127.0.0.1:1', '10.0.0.12:8080' => '127.0.0.1:2' }), qr/no '10\.0\.0\.12:8080'/, 'one that is not there';
like refused($line, { '10.0.0.1' => '127.0.0.1' }), qr/no '10\.0\.0\.1'/, 'half of one';
like refused("$line# 10.0.0.12\n", { '10.0.0.11:8080' => '127.0.0.1:1', '10.0.0.12' => '127.0.0.1' }), qr/no '10/, 'one in a comment';
like refused("ServerName a.example.org\n$_\n"), qr/not replaced/, $_
    for 'ProxyPass / http://b.example.org/', 'ProxyPass / http://app/', 'AuthUserFile /etc/passwd', 'ProxyPass / unix:/run/x|http://y/';

done_testing;
