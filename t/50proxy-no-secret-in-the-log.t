# New: what is ignored or refused is named, and a secret among it is not shown.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules show it' if !is_ours();

my ($accepted, $said) = CxxProxy::Httpd->check(config => <<'CONF');
ProxyPass /a http://127.0.0.1/
ProxyPass /b http://127.0.0.1/ secret=ThisIsIt
CONF
ok $accepted, 'a shared member';
like $said, qr/AH01146: Ignoring parameter 'secret=\(not shown\)'/;
unlike $said, qr/ThisIsIt/;

for my $key ('secret=' . 'S' x 64, "nonce=" . 'S' x 37) {
    my $line = $key =~ /^nonce/ ? "ProxyPass / balancer://b/ $key" : "ProxyPass / http://127.0.0.1/ $key";
    ($accepted, $said) = CxxProxy::Httpd->check(config => $line);
    ok !$accepted, 'too long';
    unlike $said, qr/SSSS/;
}

done_testing;
