use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'stock modules: they have no engine' unless is_ours();

# What is right and what is wrong about the engine's own directives; a refusal names the directive, the value and the way out.
sub accepted ($what, $config, %option) {
    my ($good, $output) = CxxProxy::Httpd->check(mpm => 'event', config => $config, %option);
    ok $good, $what or diag $output;
}
sub refused ($what, $config, @says) {
    my ($good, $output) = CxxProxy::Httpd->check(mpm => 'event', config => $config);
    ok !$good, $what;
    like $output, $_ for @says;
}

accepted 'a number of reactors',    'CxxProxyReactors 4';
accepted 'the most',                'CxxProxyReactors 64';
refused 'no reactor',               'CxxProxyReactors 0',     qr/CxxProxyReactors/, qr/'0'/, qr/1 to 64/;
refused 'too many',                 'CxxProxyReactors 65',    qr/CxxProxyReactors/, qr/'65'/, qr/1 to 64/;
refused 'words',                    'CxxProxyReactors many',  qr/'many'/, qr/1 to 64/;
refused 'a number and more',        'CxxProxyReactors 2x',    qr/'2x'/;
refused 'nothing',                  'CxxProxyReactors',       qr/CxxProxyReactors/;
refused 'reactors of a vhost',      "<VirtualHost *:1>\nCxxProxyReactors 2\n</VirtualHost>", qr/CxxProxyReactors/, qr/VirtualHost/;
accepted 'a grace for tunnels',     'CxxProxyTunnelGrace 30';
accepted 'in another unit',         'CxxProxyTunnelGrace 10min';
accepted 'none',                    'CxxProxyTunnelGrace 0';
accepted 'one without an end',      'CxxProxyTunnelGrace Off';
refused 'a grace that is no time',  'CxxProxyTunnelGrace soon', qr/CxxProxyTunnelGrace/, qr/'soon'/, qr/a time, or Off/;
refused 'a grace below none',       'CxxProxyTunnelGrace -1',   qr/'-1'/;
refused 'the grace of a vhost',     "<VirtualHost *:1>\nCxxProxyTunnelGrace 2\n</VirtualHost>", qr/CxxProxyTunnelGrace/, qr/VirtualHost/;
accepted 'the engine on and off',   "CxxProxyEngine On\n<VirtualHost *:1>\nCxxProxyEngine Off\n</VirtualHost>";
refused 'neither on nor off',       'CxxProxyEngine Maybe',   qr/CxxProxyEngine/;
refused 'the engine of a location', "<Location />\nCxxProxyEngine Off\n</Location>", qr/CxxProxyEngine/;
accepted 'on an MPM without an engine', 'CxxProxyReactors 2', mpm => 'worker';

# mod_reqtimeout's directive is read along, and stays its own.
accepted 'limits for a head',       'RequestReadTimeout header=20-40,MinRate=500 body=20', modules => ['reqtimeout'];
refused 'limits without the module that keeps them', 'RequestReadTimeout header=20', qr/RequestReadTimeout/, qr/mod_reqtimeout/;
accepted 'what the package brings', do { open my $file, '<', "$FindBin::Bin/../debian/cxxproxy.conf" or die $!; local $/; <$file> };

done_testing;
