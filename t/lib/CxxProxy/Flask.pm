# A small application of Flask, Debian's python3-flask, run as its documentation says: flask run --port=...
#
#   plan skip_all => CxxProxy::Flask->missing if CxxProxy::Flask->missing;
#   my $backend = CxxProxy::Flask->start("return 'Hello world!'");    # what the function for / does
#   "ProxyPass / http://$backend/"
package CxxProxy::Flask;

use v5.36;
use CxxProxy::Wait qw(await die_with_parent end_process);
use File::Temp ();
use POSIX ();

use overload '""' => sub ($self, @) { "127.0.0.1:$self->{port}" }, fallback => 1;

my $python = '/usr/bin/python3';

sub missing ($class) {
    return undef if -x $python && system("$python -c 'import flask' 2>/dev/null") == 0;
    return 'Flask (python3-flask) is needed';
}

sub start ($class, $function) {
    my $self = bless { dir => File::Temp->newdir('cxxproxy-flask-XXXXXX', TMPDIR => 1), owner => $$ }, $class;
    $self->write("backend.py", <<"PYTHON");
from flask import Flask, request
app = Flask(__name__)

\@app.route('/')
def home():
    $function
PYTHON
    $self->{pid} = fork // die "fork: $!\n";
    $self->become_flask unless $self->{pid};
    return $self;
}

sub write ($self, $name, $text) {
    open my $file, '>', "$self->{dir}/$name" or die "$name: $!\n";
    print {$file} $text;
    close $file or die "$name: $!\n";
}

sub become_flask ($self) {
    die_with_parent(15);
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
    @ENV{qw(FLASK_APP PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED)} = ("$self->{dir}/backend.py", 1, 1);
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', "$self->{dir}/said";
    open STDERR, '>&', \*STDOUT;
    exec $python, '-m', 'flask', 'run', '--port=0' or POSIX::_exit(127);
}

# Said once it listens; several start at once that way.
sub wait ($self) {
    $self->{port} //= await('the start of Flask', sub { $self->said =~ m{Running on http://127\.0\.0\.1:(\d+)} ? $1 : undef });
    return $self;
}

sub said ($self) {
    open my $file, '<', "$self->{dir}/said" or return '';
    local $/;
    return <$file> // '';
}

sub stop ($self) { end_process(delete $self->{pid}) if $self->{pid} && $self->{owner} == $$ }
sub DESTROY ($self) { local ($?, $!, $@); $self->stop }

1;
