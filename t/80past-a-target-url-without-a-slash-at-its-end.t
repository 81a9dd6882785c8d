use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_stock);

plan skip_all => 'there, the administrator has to end the URL with a slash' if is_stock;

# `ProxyPass / http://host`: what a client asks for must not go on with the host's name, its port, or turn it into userinfo.
my $backend   = CxxProxy::Backend->teller('backend ');
my $elsewhere = CxxProxy::Backend->named('EVIL');
my $httpd     = CxxProxy::Httpd->start(modules => ['rewrite'], threads => 8, config => <<"CONF");
ProxyPass /app/ http://$backend
ProxyPassMatch ^/match(.*) http://$backend\$1
ProxyPassMatch ^/inner/(.*) http://$backend\$1 nocanon
ProxyPass /encoded/ http://$backend mapping=encoded
ProxyPass /servlet/ http://$backend mapping=servlet
<Location /location/>
    ProxyPass http://$backend
</Location>
ProxyPass / http://$backend
CONF

for my $prefix (qw(/ /app/ /match /inner/ /encoded/ /servlet/ /location/)) {
    for my $rest ("\@$elsewhere/x", "x:y\@$elsewhere/x", ".evil.test/x", '1/x', ':1/x', "%40$elsewhere/x", "?\@$elsewhere/x") {
        my $answer = $httpd->get("$prefix$rest");
        my $good   = $answer->status eq '200' ? $answer->body =~ m{^backend /} : $answer->status =~ /^(?:400|403|404)$/;
        ok $good, "$prefix$rest is a path of the backend, or refused: " . $answer->status . ($answer->status eq '200' ? ' ' . $answer->body : '');
    }
}
is $elsewhere->connection_count, 0, 'nobody else was asked';

done_testing;
