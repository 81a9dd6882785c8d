#!/usr/bin/perl

# Ours only: a directive may stand where its entry in the manual says, and nowhere else.

use v5.36;

use FindBin ();
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);

use CxxProxy::ConfigTable qw(check_ours find_server);
use CxxProxy::Httpd;
use CxxProxy::Manual qw(entries);
use CxxProxy::Stack qw(is_ours modules_dir);

plan skip_all => 'stock modules: the manual is ours' unless is_ours();
find_server() or plan skip_all => 'no httpd with the stock proxy modules';

# A line of each directive as it may stand anywhere. In sections that have a path or a name of their own it leaves out
# what is in brackets.
my %line = map { /^(<?\w+)/ ? ($1 =~ s/^<(.*)/<$1>/r => $_) : () } split /\n/, <<"LINES";
<Proxy http://a.example/>\@</Proxy>
<ProxyMatch a>\@</ProxyMatch>
ProxyPass [/a ]http://127.0.0.1/
ProxyPassMatch [/a ]http://127.0.0.1/
ProxyPassReverse [/a ]http://127.0.0.1/
ProxyPassReverseCookiePath / /a
ProxyPassReverseCookieDomain a.example b.example
BalancerMember (balancer://a )http://127.0.0.1
ProxySet (balancer://known )timeout=1
ProxyPassInterpolateEnv On
ProxyErrorOverride On
ProxyPreserveHost On
ProxyWebsocketFallbackToProxyHttp On
ProxyAddHeaders On
Proxy100Continue On
ProxyRequests Off
ProxyRemote * http://127.0.0.1
ProxyRemoteMatch a http://127.0.0.1
ProxyBlock a
NoProxy a
ProxyDomain .a.example
ProxyVia On
ProxyReceiveBufferSize 0
ProxyIOBufferSize 8192
ProxyMaxForwards 1
ProxyTimeout 1
ProxyBadHeader IsError
ProxySourceAddress 127.0.0.1
ProxyStatus On
BalancerGrowth 1
BalancerPersist Off
BalancerInherit On
ProxyPassInherit On
ProxyHCTemplate a hcmethod=GET
ProxyHCExpr a {true}
ProxyHCTPsize 1
CxxProxyEngine On
CxxProxyReactors 1
CxxProxyTunnelGrace 1
RequestReadTimeout header=20
SSLVerifyClient none
SSLVerifyDepth 1
SSLCipherSuite ALL
SSLProxyEngine On
SSLProxyProtocol all
SSLProxyCipherSuite ALL
SSLProxyVerify none
SSLProxyVerifyDepth 1
SSLProxyCACertificateFile \@ROOT\@/httpd.conf
SSLProxyCACertificatePath \@ROOT\@
SSLProxyCARevocationFile \@ROOT\@/httpd.conf
SSLProxyCARevocationPath \@ROOT\@
SSLProxyCARevocationCheck none
SSLProxyCheckPeerCN On
SSLProxyCheckPeerName On
SSLProxyCheckPeerExpire On
SSLProxyMachineCertificateFile \@ROOT\@/httpd.conf
SSLProxyMachineCertificatePath \@ROOT\@
SSLProxyMachineCertificateChainFile \@ROOT\@/httpd.conf
HeartbeatStorage hb.dat
LoadModule log_debug_module @{[modules_dir()]}/mod_log_debug.so
LINES

my %around = (
    server         => ['', ''],
    'virtual host' => ['<VirtualHost *:1>', '</VirtualHost>'],
    location       => ['<Location /x>', '</Location>'],
    directory      => ['<Directory /x>', '</Directory>'],
    files          => ['<Files x>', '</Files>'],
    if             => ['<If true>', '</If>'],
    proxy          => ['<Proxy http://127.0.0.9/>', '</Proxy>'],
);
my @usual = ('server', 'virtual host', 'proxy');
my @paths = qw(location directory files if);

# {a context of %around => 1}, and the class of AllowOverride if it may stand in .htaccess.
sub contexts_of ($entry) {
    my %named = map { $_ => 1 } split /,\s*/, $entry->{fields}{Context} // '';
    my ($class) = map { /^\.htaccess \((\w+)\)$/ } keys %named;
    delete $named{".htaccess ($class)"} if $class;
    return (\%named, $class);
}

sub in_context ($name, $context) {
    my $line = $line{$name};
    $line =~ s/\[.*?\]//    if $context eq 'proxy' || grep { $_ eq $context } @paths;
    $line =~ s/\(.*?\)//    if $context eq 'proxy';
    $line =~ s/[\[\]()]//g;
    my ($begin, $end) = $around{$context}->@*;
    $begin =~ s/http:.*(?=>)/balancer:\/\/b/ if $name =~ /^(?:BalancerMember|ProxySet)$/;
    my $known = $name eq 'ProxySet' && $context ne 'proxy' ? "ProxyPass /known balancer://known/\n" : '';
    ($known, $begin) = ('', "$begin\n$known") if $context eq 'virtual host';
    return join("\n", "$known$begin", $line =~ s/>\@</>\n</r, $end, '');
}

my @directives = entries('directives-*.md');
my (@asked, %together);
for my $entry (@directives) {
    my $name = $entry->{name};
    ok $line{$name}, "$name: this file has a line of it" or next;
    my ($named) = contexts_of($entry);
    is join(',', grep { !$around{$_} } keys %$named), '', "$name: contexts that there are";
    # The four kinds of sections are told apart only by directives that may stand in some of them.
    my @contexts = (@usual, (grep { $named->{$_} } @paths) ? @paths : $paths[0]);
    for my $context (@contexts) {
        if ($named->{$context}) { $together{$context} .= in_context($name, $context) }
        else { push @asked, {name => "$name is refused in: $context", verdict => 0, snippet => in_context($name, $context)} }
    }
}
push @asked, map { {name => "all that may are accepted in: $_", verdict => 1, snippet => $together{$_}} } sort keys %together;
$_->{modules} = [qw(ssl reqtimeout)], $_->{'proxy-modules'} = [qw(proxy_http2 proxy_wstunnel proxy_hcheck)] for @asked;

my @answers = check_ours(@asked);
my $refusal = qr/not allowed here|not allowed in|cannot occur within|no balancer name inside/;
for my $n (0 .. $#asked) {
    my $answer = $answers[$n];
    my $good   = $asked[$n]{verdict} ? $answer->{accepted} : !$answer->{accepted} && $answer->{output} =~ $refusal;
    ok $good, $asked[$n]{name} or diag $asked[$n]{snippet}, $answer->{output};
}

# --- .htaccess: read when requests come ----------------------------------------------------------------------------

my (%files, $sections, %class_of);
for my $entry (grep { $_->{name} ne 'LoadModule' && $line{$_->{name}} } @directives) {
    my $name = $entry->{name} =~ tr/<>//dr;
    (undef, $class_of{$name}) = contexts_of($entry);
    my $allowed = $class_of{$name} // 'All';
    $files{"htdocs/$name/.htaccess"} = $line{$entry->{name}} =~ s/[\[(].*?[\])]//gr =~ s/>\@</>\n</r =~ s/\@ROOT\@/__ROOT__/gr . "\n";
    $files{"htdocs/$name/page.txt"} = "a page\n";
    $sections .= qq(<Directory "__ROOT__/htdocs/$name">\nAllowOverride $allowed\nRequire all granted\n</Directory>\n);
}
my $httpd = CxxProxy::Httpd->start(
    modules => [qw(ssl reqtimeout)], stack => [qw(proxy_hcheck lbmethod_heartbeat)], files => \%files, config => $sections,
);
for my $name (sort keys %class_of) {
    my $expected = $class_of{$name} ? "a page\n" : 500;
    is $httpd->answer("/$name/page.txt"), $expected, "$name: " . ($class_of{$name} ? "in .htaccess with $class_of{$name}" : 'not in .htaccess');
}

done_testing;
