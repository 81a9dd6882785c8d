# Requests of an HTTP/2 client, all at once on one connection without TLS, and what came of them.
#
#   my ($one, $two) = CxxProxy::Http2Client->ask($httpd->port, { path => '/one' }, { path => '/two', body => 'x' });
#   $one->{status}, $one->{body}, $one->{trailers}, $one->{ended}
#
# A request has method, path, host, headers => [name => value], body (text or { size => N }), open => 1 (the body has no end), trailers => [name => value],
# hold => 1 (no more is taken of the answer than the first window), marks => [files]: the next is made whenever some of the body has come.
# An answer has status, fields, interim => [{ status, fields }], body, length, md5, trailers, and ended: 'end', 'reset CODE', 'closed', 'never'.
package CxxProxy::Http2Client;

use v5.36;
use CxxProxy::Http2Backend;
use File::Temp ();
use JSON::PP ();

my $json = JSON::PP->new->latin1;

sub missing ($class) { CxxProxy::Http2Backend->missing }

sub ask ($class, $port, @requests) { $class->run($port, [], @requests) }

# The next one when the last one is answered.
sub ask_in_turn ($class, $port, @requests) { $class->run($port, ['--in-turn'], @requests) }

sub run ($class, $port, $options, @requests) {
    my $input = File::Temp->new(TEMPLATE => 'cxxproxy-requests-XXXXXX', TMPDIR => 1);
    binmode $input;
    print $input $json->encode(\@requests);
    close $input;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $command = join ' ', map { quotemeta } CxxProxy::Http2Backend->python, CxxProxy::Http2Backend->program('client'), $port, @$options;
    my $output = qx($command < $input);
    die "the client failed\n" unless length $output;
    return @{ JSON::PP->new->decode($output) };
}

sub field ($class, $answer, $name) {
    my @fields = @{ $answer->{fields} // [] };
    my @values;
    while (my ($one, $value) = splice @fields, 0, 2) { push @values, $value if $one eq $name }
    return wantarray ? @values : $values[0];
}

1;
