use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->start(sub ($connection) {
    while (my $request = $connection->read_request) {
        my ($value) = $request->{head} =~ m{^X-Cookie: (.*)\r$}m;
        $connection->reply(200, '', map { ('Set-Cookie' => $_) } split /\|/, $value);
    }
});
my $httpd = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass / http://$backend/
ProxyPassReverseCookiePath   /inner /outer
ProxyPassReverseCookiePath   /      /all
ProxyPassReverseCookieDomain backend.test public.test
<Location /loc>
    ProxyPassReverseCookiePath loc-inner /loc-outer
    ProxyPassReverseCookieDomain in.test out.test
</Location>
CONF

sub turns ($value, $expected, $path = '/') {
    is join('|', $httpd->get($path, 'X-Cookie' => $value)->all('Set-Cookie')), $expected, $value;
}

turns 'a=1; path=/inner',                    'a=1; path=/outer';
turns 'a=1; path=/inner/deep; secure',       'a=1; path=/outer; secure';      # the whole value goes
turns 'a=1; Path=/INNER',                    'a=1; Path=/all';
turns 'a=1; path=other',                     'a=1; path=other';
turns 'a=1; path=/x; path=/inner; x',        'a=1; path=/x; path=/outer; x';  # the last one counts
turns 'a=1; domain=backend.test; path=/inner', 'a=1; domain=public.test; path=/outer';
turns 'a=1; Domain=BACKEND.test',            'a=1; Domain=public.test';
turns 'a=1; domain=backend.testing',         'a=1; domain=public.test';
turns 'a=1; domain=other.test',              'a=1; domain=other.test';
turns 'a=1; path=/inner; domain=backend.test|b=2; path=/inner|c=3', 'a=1; path=/outer; domain=public.test|b=2; path=/outer|c=3';
turns 'path=/inner',                         'path=/outer';
turns 'a=1;path=/inner',                     'a=1;path=/outer';
turns 'a=1; xpath=/inner',                   'a=1; xpath=/inner';
turns 'a=1; path="/inner"',                  'a=1; path="/inner"';
turns 'a=1; path=loc-inner',                'a=1; path=/loc-outer', '/loc';
turns 'a=1; domain=in.test',                 'a=1; domain=out.test',  '/loc';
turns 'a=1; domain=in.test',                 'a=1; domain=in.test';

done_testing;
