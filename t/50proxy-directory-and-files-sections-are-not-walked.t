use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

# <Directory> and <Files> are not walked for a proxied request; <Location> and <If> are.
my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(modules => [qw(headers)], config => <<"CONF");
ProxyPass / http://$backend/
<Directory />
    Header set X-Directory yes
</Directory>
<Files *>
    Header set X-Files yes
</Files>
<Location />
    Header set X-Location yes
</Location>
<If "%{REQUEST_URI} =~ /if/">
    Header set X-If yes
</If>
<Proxy http://$backend/order>
    Header set X-Order proxy
</Proxy>
<Location /order>
    Header set X-Order location
</Location>
CONF

my $response = $httpd->get('/if');
is $response->header('X-Directory'), undef;
is $response->header('X-Files'), undef;
is $response->header('X-Location'), 'yes';
is $response->header('X-If'), 'yes';
is $httpd->get('/order')->header('X-Order'), 'location', 'Location after Proxy';

done_testing;
