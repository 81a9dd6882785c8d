use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->named('x');
my $httpd   = CxxProxy::Httpd->start(modules => [qw(setenvif)], config => <<"CONF");
SetEnvIf Request_URI cl      proxy-sendcl
SetEnvIf Request_URI chunked proxy-sendchunked
SetEnvIf Request_URI chunks  proxy-sendchunks
ProxyPass / http://$backend/
CONF

# How the body went out: its framing field.
sub framing ($path, $size, %how) {
    my $body = 'b' x $size;
    is $httpd->request(method => 'POST', path => $path, body => $body, %how)->status, 200, "$path $size";
    my $request = $backend->last_request;
    is $request->{length}, $size;
    return join '; ', $request->{head} =~ /^((?:Content-Length|Transfer-Encoding): .*)\r$/mg;
}

is framing('/none', 100, chunked => 1),        'Content-Length: 100', 'a whole body in hand has a length';
is framing('/none', 100_000, chunked => 1),    'Transfer-Encoding: chunked';
is framing('/none', 100_000),                  'Content-Length: 100000';
is framing('/cl', 100_000, chunked => 1),      'Content-Length: 100000', 'sendcl';
is framing('/cl', 3_000_000, chunked => 1),    'Content-Length: 3000000';
is framing('/chunked', 100_000),               'Content-Length: 100000', 'sendchunked: no filter changes the length';
is framing('/chunks', 100_000, chunked => 1),  'Transfer-Encoding: chunked';
is framing('/clchunked', 100_000, chunked => 1), 'Transfer-Encoding: chunked', 'both are neither';

done_testing;
