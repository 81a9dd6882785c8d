use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

# New: `-t -D DUMP_PROXY` shows the mappings in the order in which they are tried, and those that can never match.
plan skip_all => "the stock modules have no such dump" unless is_ours();

my $text = CxxProxy::Httpd->ask_about(['-D', 'DUMP_PROXY'], config => <<'CONF');
ProxyPass      /status       !
ProxyPass      /app          http://app.invalid/app
ProxyPass      /app/sub      http://sub.invalid/sub
ProxyPassMatch ^/img/(.*)$   http://img.invalid/$1
ProxyPass      /exact        http://exact.invalid/exact mapping=encoded
ProxyPass      /             http://all.invalid/
ProxyPass      /late         http://late.invalid/late
ProxyPass      nowhere       http://nowhere.invalid/
<Location "/here">
    ProxyPass http://here.invalid/
</Location>
CONF

my ($table) = $text =~ /^  Mappings, in the order tried:\n((?:    .*\n)+)/m or diag $text;
my @rows = split /\n/, $table;
my @order = map { /^\s+\d+\s+(?:<Location> )?\w+ (\S+)/ ? $1 : $_ } @rows;
is_deeply \@order, [qw(/exact /here /status /app /app/sub ^/img/(.*)$ / /late nowhere)],
    'first what is matched as it was sent, then <Location>, then the lines as they stand';

my %row = map { /^\s+\d+\s+(?:<Location> )?\w+ (\S+)/ ? ($1 => $_) : () } @rows;
like $row{'/app/sub'}, qr/NEVER MATCHES: 4 catches all its paths$/, 'behind one that catches its paths';
like $row{'/late'},    qr/NEVER MATCHES: 7 catches all its paths$/, 'behind one that catches everything';
like $row{nowhere},    qr/NEVER MATCHES: paths begin with a slash$/, 'no path begins so';
unlike $row{$_}, qr/NEVER/, "$_ matches" for grep { !m{/late|/app/sub|nowhere} } @order;
like $row{'/status'}, qr/! \(not proxied\)/, 'an exclusion says so';
like $row{'/here'},   qr/<Location> ProxyPass/, 'one of a <Location>, too';
like $row{'/app'},    qr{http://app\.invalid/app\s+\S+/httpd\.conf:\d+$}, 'target and place';

done_testing;
