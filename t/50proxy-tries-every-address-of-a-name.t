use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use Socket qw(getaddrinfo getnameinfo SOCK_STREAM NI_NUMERICHOST NIx_NOSERV);

my ($error, @found) = getaddrinfo('localhost', undef, { socktype => SOCK_STREAM });
my @addresses = map { (getnameinfo($_->{addr}, NI_NUMERICHOST, NIx_NOSERV))[1] } @found;
plan skip_all => "localhost has one address only: @addresses" unless grep({ $_ eq '::1' } @addresses) && grep { $_ eq '127.0.0.1' } @addresses;

my $four = CxxProxy::Backend->named('four');
my $six  = CxxProxy::Backend->named('six', host => '::1');
my ($four_port, $six_port) = map { $_->port } $four, $six;
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /four http://localhost:$four_port/
ProxyPass /six  http://localhost:$six_port/
CONF

is $httpd->answer('/four'), 'four' for 1 .. 3;
is $httpd->answer('/six'),  'six'  for 1 .. 3;

done_testing;
