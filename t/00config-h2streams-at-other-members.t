use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: they do not know the key' unless is_ours();

# h2streams= is for members that speak HTTP/2; where it has no effect the log says so at start.
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /plain   http://127.0.0.1:1/ h2streams=5
ProxyPass /default http://127.0.0.1:2/
ProxyPass /clear   h2c://127.0.0.1:3/  h2streams=5
ProxyPass /secure  h2://127.0.0.1:4/   h2streams=5
CONF

my @said = grep { /h2streams/ } split /\n/, $httpd->error_log;
is scalar @said, 1, 'one warning' or diag @said;
like $said[0], qr{CXP0111: http://127\.0\.0\.1:1\S* \(.*\): h2streams is set and does not act yet}, 'of the one, with its place';

done_testing;
