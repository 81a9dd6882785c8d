#!/usr/bin/perl

# Ours only: every configuration that a document shows is accepted by `apache2 -t`; those marked `refused` are not.
#
#     ```apache                   accepted
#     ```apache refused           refused: it shows a mistake, or what only the stock modules have

use v5.36;

use FindBin ();
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);

use CxxProxy::ConfigTable qw(check_ours find_server);
use CxxProxy::Manual qw(documents read_document);
use CxxProxy::Stack qw(is_ours modules_dir);

plan skip_all => 'stock modules: the documents are about ours' unless is_ours();
my $server = find_server() or plan skip_all => 'no httpd with the stock proxy modules';

# Modules that configurations have around a proxy: each is loaded where one of its directives stands.
my %directives_of = (
    ssl           => qr/^\s*(?:SSL(?!Proxy)|<IfModule\s+!?(?:mod_ssl|ssl_module))/mi,
    http2         => qr/^\s*(?:H2\w+|Protocols\b.*\bh2)/mi,
    reqtimeout    => qr/^\s*RequestReadTimeout/mi,
    remoteip      => qr/^\s*RemoteIP/mi,
    deflate       => qr/^\s*Deflate|\bDEFLATE\b/mi,
    filter        => qr/^\s*(?:AddOutputFilterByType|Filter\w+)/mi,
    substitute    => qr/^\s*Substitute/mi,
    cache         => qr/^\s*Cache(?!Dir|Root)/mi,
    cache_disk    => qr/^\s*Cache(?:Root|Dir)|^\s*CacheEnable\s+disk/mi,
    expires       => qr/^\s*Expires/mi,
    mime          => qr/^\s*(?:AddType|AddHandler|TypesConfig)/mi,
    auth_basic    => qr/^\s*Auth(?:Type\s+Basic|Basic)/mi,
    authn_core    => qr/^\s*Auth(?:Type|Name)/mi,
    authn_file    => qr/^\s*AuthUserFile/mi,
    authz_user    => qr/^\s*Require\s+(?:valid-)?user/mi,
    xml2enc       => qr/^\s*(?:xml2|ProxyHTML)/mi,
    proxy_html    => qr/^\s*ProxyHTML/mi,
    ratelimit     => qr/\bRATE_LIMIT\b/m,
    unique_id     => qr/\bUNIQUE_ID\b/m,
    logio         => qr/%[IOS]\b|LogIOTrackTTFB/m,
    heartmonitor  => qr/^\s*Heartbeat(?:Listen|MaxServers)/mi,
    heartbeat     => qr/^\s*HeartbeatAddress/mi,
    socache_shmcb => qr/shmcb:/,
    info          => qr/server-info/,
    include       => qr/\bINCLUDES\b/,
);

# Paths of files and directories that only the reader's machine has.
sub at_home ($text) {
    $text =~ s{^(\s*SSL\w*File\s+)\S+}{$1\@ROOT\@/httpd.conf}mg;
    $text =~ s{^(\s*SSL\w*Path\s+)\S+}{$1\@ROOT\@}mg;
    $text =~ s{^(\s*LoadModule\s+(?:cxxproxy|proxy_(?!html)\w+|proxy|lbmethod_\w+)_module\s+)\S*mod_cxxproxy\.so}{'# ' . $1}mge;
    $text =~ s{\$\{APACHE_LOG_DIR\}}{logs}g;
    $text =~ s{^(\s*LoadModule\s+\w+\s+)(?:\S*/)?(mod_\w+\.so)}{$1 . modules_dir() . "/$2"}mge;
    return $text;
}

# The MPM and some others are there already.
sub modules_for ($text) {
    return [grep { $text =~ $directives_of{$_} && !$server->{builtin}{$_} && -e modules_dir() . "/mod_$_.so" } sort keys %directives_of];
}

my @blocks;
for my $path (documents()) {
    for my $block (read_document($path)->{blocks}->@*) {
        my ($language, @marks) = split ' ', $block->{info};
        next unless ($language // '') eq 'apache';
        my $where = "$path:$block->{line}";
        is "@marks", (@marks ? 'refused' : ''), "$where: a mark that there is";
        push @blocks, {
            where           => $where,
            verdict         => @marks ? 'refused' : 'accepted',
            snippet         => at_home($block->{text}),
            modules         => modules_for($block->{text}),
            'proxy-modules' => [qw(proxy_http2 proxy_wstunnel proxy_hcheck)],
        };
    }
}
cmp_ok scalar(@blocks), '>', 50, 'there are configurations';

my @answers = check_ours(@blocks);
for my $n (0 .. $#blocks) {
    my ($block, $answer) = ($blocks[$n], $answers[$n]);
    my $verdict = $answer->{accepted} ? 'accepted' : 'refused';
    is $verdict, $block->{verdict}, "$block->{where}: $block->{verdict}" or diag $block->{snippet}, $answer->{output};
}

done_testing;
