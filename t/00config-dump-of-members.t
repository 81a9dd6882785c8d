use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(engine_is_off is_ours);

# New: `-t -D DUMP_PROXY` shows what requests to a member really get, and which line says so.
plan skip_all => "the stock modules have no such dump" unless is_ours();

my $text = CxxProxy::Httpd->ask_about(['-D', 'DUMP_PROXY'], modules => ['ssl'], config => <<'CONF');
Timeout 77
ProxyPass /plain  http://plain.invalid/
ProxyTimeout 33
ProxyPass /server http://server.invalid/
ProxyPass /own    http://own.invalid/ timeout=5 connectiontimeout=250ms ping=2 max=9 min=1 smax=3 ttl=60 acquire=1500
ProxyPass /never  http://never.invalid/ disablereuse=On
ProxyPassMatch ^/(\w+)/x$ http://$1.invalid/x
ProxyPass /many   h2c://many.invalid/ h2streams=7
ProxyPass /tls    https://tls.invalid/
ProxyPass /up     http://up.invalid/ upgrade=websocket
ProxyPass /user   http://me:secret@user.invalid/
<Proxy balancer://b>
    BalancerMember http://m.invalid:8080 route=one loadfactor=2.5 lbset=1 status=+H hcmethod=GET hcuri=/up hcinterval=10 hcfails=2
</Proxy>
<VirtualHost *:__PORT__>
    SSLProxyEngine On
    ProxyPass /vhost https://vhost.invalid/
</VirtualHost>
CONF

# The rows of a member, "name value why", blanks made single.
my sub rows_of ($text) {
    my (%rows, $member);
    for my $line (split /\n/, $text) {
        if    ($line =~ m{^\s+(\S+://\S+)  \S+:\d+$}) { $member = $1 }
        elsif ($member && $line =~ /^\s{6,}(\S.*)/)   { push @{$rows{$member}}, $1 =~ s/ +/ /gr }
        else                                          { undef $member }
    }
    return %rows;
}
my %rows = rows_of($text);
my sub has ($of, $pattern, $name) {
    my @found = grep { /$pattern/ } @{$rows{$of} // []};
    ok @found == 1, $name or diag "$of:\n", map { "  $_\n" } @{$rows{$of} // []};
}

has 'http://plain.invalid/',  qr/^waiting 33 s ProxyTimeout/, 'a ProxyTimeout further down counts, too';
has 'http://server.invalid/', qr/^connecting 33 s ProxyTimeout/, 'no connectiontimeout: as long as the rest';
has 'http://own.invalid/', qr/^waiting 5 s timeout=/,                 'timeout=';
has 'http://own.invalid/', qr/^connecting 250 ms connectiontimeout=/, 'connectiontimeout=';
has 'http://own.invalid/', qr/^ping 2 s ping=/,                       'ping=';
has 'http://own.invalid/', qr/^at once 9 a child max=/,               'max=';
has 'http://own.invalid/', qr/^used again within 60 s ttl=/,          'ttl=';
has 'http://own.invalid/', qr/^closed above 3 idle smax=/,            'smax=';
has 'http://own.invalid/', qr/^left 1 idle min=/,                     'min=';
has 'http://own.invalid/', qr/^for a place 1500 ms acquire=/,         'acquire=';
has 'http://plain.invalid/', qr/^reuse yes default/,                  'connections are kept';
has 'http://plain.invalid/', engine_is_off() ? qr/^at once 16 a child its threads/ : qr/^at once no limit/, 'as many as come';
has 'http://never.invalid/', qr/^reuse no disablereuse=On/,           'or not';
has 'http://$1.invalid/x', qr/^reuse no the host depends on the request/, 'a host that varies';
has 'h2c://many.invalid/', qr/^HTTP\/2 7 requests a connection h2streams=/, 'h2streams=';
has 'http://up.invalid/', qr/^upgrade websocket upgrade=/, 'upgrade=';
has 'https://tls.invalid/',   qr/^TLS REFUSED SSLProxyEngine/,          'no TLS without SSLProxyEngine';
has 'https://vhost.invalid/', qr/^TLS whoever answers SSLProxyVerify none/, 'and how much of it there is';
has 'http://m.invalid:8080', qr/^place loadfactor 2\.50, lbset 1, route one, status H/, 'its place in the balancer';
has 'http://m.invalid:8080', qr/^checked GET \/up every 10 s, out after 2, back after 1/, 'how it is checked';
has 'http://m.invalid:8080', qr/a check ends after 66 s/, 'and how long a check may take';
unlike $text, qr/secret/, 'no password is shown';
like $text, qr/^virtual host .*\n(?:  .*\n)+  And \d+ workers and balancers of the main server$/m,
    'what a virtual host inherits is not repeated';

# What other children would make of it: no thread to wait, no engine; and a virtual host without it has the others' pool.
my $own = 'ProxyPass /own http://own.invalid/ max=9 ttl=60 acquire=1500';
%rows = rows_of(CxxProxy::Httpd->ask_about(['-D', 'DUMP_PROXY'], mpm => 'prefork', config => "$own\n"));
has 'http://own.invalid/', qr/^at once one a child of this MPM/, 'prefork: one';
is scalar(grep { /ttl=|acquire=/ } $rows{'http://own.invalid/'}->@*), 0, 'prefork: what has no effect there is not said';
%rows = rows_of(CxxProxy::Httpd->ask_about(['-D', 'DUMP_PROXY'], mpm => 'worker', config => "ProxyPass / http://w.invalid/\n"));
has 'http://w.invalid/', qr/^at once 16 a child its threads/, 'worker: its threads';
%rows = rows_of(CxxProxy::Httpd->ask_about(['-D', 'DUMP_PROXY'], config => <<'CONF'));
<VirtualHost *:__PORT__>
    CxxProxyEngine Off
    ProxyPass / http://off.invalid/
</VirtualHost>
<VirtualHost *:__PORT__>
    ServerName on.test
    CxxProxyEngine On
    ProxyPass / http://on.invalid/
</VirtualHost>
CONF
has "http://$_.invalid/", qr/^at once no limit/, "a child with an engine anywhere has no limit: $_" for qw(off on);

done_testing;
