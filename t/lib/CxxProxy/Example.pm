# A file of conf-examples/, booted as it is: with the modules that its header names and no others, and with its addresses,
# networks and paths led to what the test has.
#
#   my $example = CxxProxy::Example->open('balancer.conf');    # skips all where the file is not for the stack under test
#   $example->start({ '10.0.0.11:8080' => $one, '10.0.0.12:8080' => $two });
#   is $example->get('/x')->body, 'one';                       # a client of the site: its name, its port, https where it has it
#   is $example->served(6), 'one two';                         # who has answered six requests
#
# What is to be replaced must be there; and no address of another machine, no foreign name and no path of the file system may
# be left. So a slip in one line of a file cannot hide behind a replacement that fits another.
package CxxProxy::Example;

use v5.36;
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours repo_root);
use CxxProxy::TlsClient;
use MIME::Base64 qw(encode_base64);
use Test::Builder;

my $folder = repo_root() . '/conf-examples';

# What a2enmod enables with them. mod_watchdog is part of Debian's httpd, and authz_core and authz_host every test has.
my %brings = (
    ssl => [qw(setenvif mime socache_shmcb)], proxy_http => ['proxy'], proxy_http2 => [qw(proxy http2)], proxy_wstunnel => ['proxy'],
    proxy_hcheck => ['proxy'], proxy_balancer => [qw(proxy alias slotmem_shm)], auth_basic => ['authn_core'], authn_file => ['authn_core'],
    deflate => ['filter'], map { ("lbmethod_$_" => ['proxy_balancer']) } qw(byrequests bytraffic bybusyness),
);

sub files ($class) { sort map { s{.*/}{}r } glob "$folder/*.conf" }

sub text_of ($name) {
    open my $file, '<:raw', "$folder/$name" or die "conf-examples/$name: $!\n";
    local $/;
    return scalar <$file>;
}

sub read ($class, $name) {
    my $text = text_of($name);
    my ($head) = $text =~ /\A((?:#.*\n)+)\n/ or die "$name does not begin with what it is for\n";
    my %line = map { ($_ => $head =~ /^# \(?$_:  a2enmod ([a-z0-9_ ]+)\)?$/m ? [split ' ', $1] : undef) } qw(Enable stock);
    die "$name: nothing to enable\n" unless $line{Enable};
    return bless { name => $name, head => $head, text => $text, enable => $line{Enable}, stock => $line{stock} }, $class;
}

sub open ($class, $name) {
    my $self = $class->read($name);
    Test::Builder->new->skip_all("$name is for mod_cxxproxy only") unless $self->is_for_this_stack;
    return $self;
}

# Another file that belongs to an example, with its places filled.
sub part ($class, $name, $replace) { (bless { name => $name, text => text_of($name) }, $class)->filled($replace) }

sub is_proxy ($self) { scalar grep { $_ eq 'cxxproxy' } @{ $self->{enable} } }
sub is_for_this_stack ($self) { is_ours() || !$self->is_proxy || !!$self->{stock} }

# --- the server -------------------------------------------------------------------------------------------------

# An a2enmod line of a how-to, which knows the stock modules only: ours takes the place of all of those.
sub enabled ($class, @names) {
    my %once;
    return $class->loading(is_ours() ? grep { !$once{$_}++ } map { /^(?:proxy|lbmethod_)/ ? 'cxxproxy' : $_ } @names : @names);
}

# What CxxProxy::Httpd needs to load these modules, and nothing else.
sub loading ($class, @names) {
    my @stack = (grep { $_ eq 'cxxproxy' } @names) ? our_records() : ();
    my %wanted;
    for (my @rest = grep { $_ ne 'cxxproxy' } @names; defined(my $name = shift @rest);) {
        push @rest, @{ $brings{$name} // [] } unless $wanted{$name}++;
    }
    return ((@stack ? (stack => \@stack) : (without_proxy => 1)), modules => [sort keys %wanted]);
}

# The records of Debian's cxxproxy.load, but for those that are loaded anyway.
sub our_records () {
    CORE::open my $file, '<', repo_root() . '/debian/cxxproxy.load' or die "debian/cxxproxy.load: $!\n";
    my @names = map { /^LoadModule (\w+)_module / ? $1 : () } <$file>;
    return grep { !/^(?:cxxproxy|proxy|proxy_http|proxy_balancer|lbmethod_byrequests)$/ } @names;
}

sub options ($self) {
    my $proxy = $self->is_proxy;
    return $self->loading(@{ $proxy && !is_ours() ? $self->{stock} : $self->{enable} });
}

# Options are those of CxxProxy::Httpd; `around` is configuration of the test's own, for the main server.
sub start ($self, $replace, %option) {
    my $around = delete $option{around} // '';
    $self->{httpd} = CxxProxy::Httpd->start($self->options, $self->ports, %option, config => $around . "\n" . $self->config($replace));
    return $self;
}

sub ports ($self) { (ports => [sort grep { $_ ne '80' } $self->hosts_ports]) }

sub hosts_ports ($self) { my %port = map { $_ => 1 } $self->active =~ /^<VirtualHost \*:(\d+)>$/mg; keys %port }

# Without the comments.
sub active ($self) { $self->{text} =~ s/^\s*#.*\n//mgr }

# Debian's surroundings, and the file with its ports as places.
sub config ($self, $replace) {
    my $text = $self->filled($replace);
    my %listened = map { $_ => 1 } $text =~ /^Listen (\d+)$/mg;
    my @before = ('Define APACHE_LOG_DIR __ROOT__/logs');
    push @before, 'Include ' . repo_root() . '/debian/cxxproxy.conf' if $self->is_proxy && is_ours();
    for my $port ($self->hosts_ports) {
        die "$self->{name}: nobody listens on port $port\n" unless $listened{$port} || $port =~ /^(?:80|443)$/;
        push @before, "Listen 127.0.0.1:__PORT_${port}__" if $port eq '443';    # Debian's ports.conf does, with mod_ssl
    }
    $text =~ s/^Listen (\d+)$/Listen 127.0.0.1:__PORT_$1__/mg;
    $text =~ s/^<VirtualHost \*:(\d+)>$/'<VirtualHost *:' . ($1 eq '80' ? '__PORT__' : "__PORT_$1__") . '>'/mge;
    return join "\n", @before, $text;
}

sub filled ($self, $replace) {
    my $text = $self->active;
    my @old  = sort { length $b <=> length $a } keys %$replace;
    my (@new, %found);
    if (my $any = join '|', map { quotemeta } @old) {
        $text =~ s/(?<![\w.])($any)(?!\w|\.\d)/$found{$1}++; push @new, $replace->{$1}; "\0"/ge;
    }
    die "$self->{name}: no '$_' in it\n" for grep { !$found{$_} } @old;
    $self->refuse_the_rest($text);
    $text =~ s/\0/shift @new/ge;
    return $text;
}

sub site_names ($self) { $self->active =~ m{^\s*Server(?:Name|Alias)\s+(?:https://)?(\S+)$}mg }

# $text has a zero byte for everything that was replaced.
sub refuse_the_rest ($self, $text) {
    my %site = map { $_ => 1 } $self->site_names;
    my @left = grep { !/^127\./ } $text =~ /(?<![\w.])(\d+\.\d+\.\d+\.\d+)(?![\w.])/g;
    push @left, grep { !$site{$_} } $text =~ /((?:[\w-]+\.)+(?:org|com|net|example|test|internal|dmz|lan|invalid))\b/gi;
    my $urls = $text =~ s/unix:\0\|\S+//gr;    # nothing connects to what stands behind a socket's path
    push @left, grep { !/^(?:localhost|127\..*|\0)$/ && !$site{$_} } $urls =~ m{\b(?!balancer:)\w+://([^\s"'/:>]+)}g;
    push @left, $text =~ m{((?<![\w.*])/(?:etc|home|opt|run|srv|tmp|usr|var)/[^\s"']*)}g;
    die "$self->{name}: not replaced: @left\n" if @left;
}

# --- a client of the site ---------------------------------------------------------------------------------------

# Another client: from => its address, login => 'name:password', port => one of the file's.
sub client_with ($self, %option) { bless { %$self, %option }, ref $self }

sub httpd ($self) { $self->{httpd} }
sub host  ($self) { $self->{host} // ($self->site_names)[-1] }
sub tls   ($self) { $self->port_in_file eq '443' }
sub port_in_file ($self) { $self->{port} // (sort { ($b eq '443') <=> ($a eq '443') } $self->hosts_ports)[0] }
sub port  ($self) { my $port = $self->port_in_file; $self->{httpd}->port($port eq '80' ? undef : $port) }

sub client ($self) {
    my $class = $self->tls ? 'CxxProxy::TlsClient' : 'CxxProxy::RawClient';
    return $class->connect('127.0.0.1:' . $self->port, ($self->{from} ? (from => $self->{from}) : ()));
}

sub request ($self, %part) {
    my @login = $self->{login} ? (Authorization => 'Basic ' . encode_base64($self->{login}, '')) : ();
    return $self->client->request(host => $self->host, %part, headers => [@login, @{ $part{headers} // [] }]);
}

sub get ($self, $path, @headers) { $self->request(path => $path, headers => \@headers) }

sub answer ($self, $path, @headers) {
    my $response = $self->get($path, @headers);
    return $response->status eq '200' ? $response->body : $response->status;
}

# The different answers to so many requests, in the alphabet's order.
sub served ($self, $count, $path = '/', @headers) {
    my %seen = map { ($self->answer($path, @headers) => 1) } 1 .. $count;
    return join ' ', sort keys %seen;
}

# A backend that says its name, to /host the name it was asked for, and to /away that one should ask its own address
# for /there.
sub member ($class, $name, %option) {
    return CxxProxy::Backend->start(sub ($connection) {
        while (my $request = $connection->read_request) {
            my ($path, $host) = $request->{head} =~ /^\S+ (\S+).*^Host: (.*?)\r$/ms;
            my $own = 'http://127.0.0.1:' . $connection->socket->sockport;
            if ($path =~ s{/away$}{/there}) { $connection->reply(302, '', Location => "$own$path") }
            else { $connection->reply(200, $path =~ m{/host$} ? $host : $name, 'Content-Type' => 'text/plain') }
        }
    }, %option);
}

# Which name such a backend was asked for, and where its redirect leads: the site's, both times.
sub names ($self, $path = '') { join ' ', $self->answer("$path/host"), $self->get("$path/away")->header('Location') =~ s/:\d+//r }

sub manager ($self, $path) {
    return CxxProxy::Manager->new($self, $path, host => $self->host, scheme => $self->tls ? 'https' : 'http');
}

1;
