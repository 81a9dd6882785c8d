use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(per_stack);

my $backend = CxxProxy::Backend->echo;
my $httpd   = CxxProxy::Httpd->start(config => "ProxyPass / http://$backend/");

sub with_names ($count) {
    return $httpd->get('/', Connection => join(',', ('a') x ($count - 1), 'X-Last'), 'X-Last' => 'here');
}

is with_names(1000)->status, 200;
unlike $backend->last_request->{head}, qr/X-Last/, 'the last of a thousand stays here';
is with_names(2000)->status, per_stack(stock => 200, ours => 400), 'what cannot be kept back is not sent on';
unlike $backend->last_request->{head}, qr/X-Last/;

done_testing;
