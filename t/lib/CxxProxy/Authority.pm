# A small certificate authority of a test's own, made with the openssl command.
#
#   my $ca   = CxxProxy::Authority->new('Test Authority');
#   my $good = $ca->certificate(san => 'DNS:localhost');                   # { cert, key, both }: paths of PEM files
#   my $old  = $ca->certificate(san => 'DNS:localhost', days => [-9, -2]); # from and until, counted from today
#   $ca->revoke($good);
#   "SSLProxyCACertificateFile @{[$ca->file]}", "SSLProxyCARevocationFile @{[$ca->revocations]}"
#
# An authority made with `by => $other` is an intermediate one: its certificates come with its own behind them.
package CxxProxy::Authority;

use v5.36;
use File::Temp ();
use POSIX qw(strftime);

sub missing ($class) {
    return 'openssl is needed' unless grep { -x "$_/openssl" } split /:/, $ENV{PATH};
    return 'IO::Socket::SSL is needed' unless eval { require IO::Socket::SSL };
    return undef;
}

sub new ($class, $name, %option) {
    my $dir = File::Temp->newdir('cxxproxy-ca-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";
    my $self = bless { dir => $dir, name => $name, made => 0, by => $option{by} }, $class;
    $self->write($_) for qw(index.txt index.txt.attr);
    $self->write('config', <<"CONF");
[ca]
default_ca = authority
[authority]
dir = $dir
database = $dir/index.txt
new_certs_dir = $dir
rand_serial = yes
default_md = sha256
default_days = 2
default_crl_days = 2
policy = anything
copy_extensions = copy
unique_subject = no
certificate = $dir/ca.pem
private_key = $dir/ca.key
[anything]
commonName = optional
[authority_itself]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
CONF
    $self->new_key('ca.key');
    if (my $by = $self->{by}) {
        $self->openssl('req', '-new', '-key', "$dir/ca.key", '-subj', "/CN=$name", '-out', "$dir/ca.csr");
        $by->openssl('ca', '-batch', '-notext', '-config', $by->{dir} . '/config', '-extfile', "$dir/config", '-extensions',
            'authority_itself', '-in', "$dir/ca.csr", '-out', "$dir/ca.pem");
    } else {
        $self->openssl('req', '-x509', '-new', '-key', "$dir/ca.key", '-subj', "/CN=$name", '-days', 2, '-config', "$dir/config",
            '-extensions', 'authority_itself', '-out', "$dir/ca.pem");
    }
    return $self;
}

sub dir  ($self) { "$self->{dir}" }
sub file ($self) { "$self->{dir}/ca.pem" }

# san: subjectAltName; cn: common name; days => [from, until]; self_signed => 1.
sub certificate ($self, %option) {
    my $path = "$self->{dir}/certificate" . ++$self->{made};
    $self->new_key("certificate$self->{made}.key");
    my $subject = '/CN=' . ($option{cn} // 'nobody.test');
    my @names   = $option{san} ? ('-addext', "subjectAltName=$option{san}") : ();
    if ($option{self_signed}) {
        $self->openssl('req', '-x509', '-new', '-key', "$path.key", '-subj', $subject, @names, '-days', 2, '-out', "$path.pem");
    } else {
        my ($from, $until) = map { strftime '%Y%m%d%H%M%SZ', gmtime time + $_ * 86400 } @{ $option{days} // [-1, 2] };
        $self->openssl('req', '-new', '-key', "$path.key", '-subj', $subject, @names, '-out', "$path.csr");
        $self->openssl('ca', '-batch', '-notext', '-config', "$self->{dir}/config", '-startdate', $from, '-enddate', $until,
            '-in', "$path.csr", '-out', "$path.pem");
    }
    my $chain = $self->{by} && !$option{self_signed} ? $self->read('ca.pem') : '';
    my ($own, $key) = map { $self->read("certificate$self->{made}.$_") } qw(pem key);
    $self->write("certificate$self->{made}.chain", $own . $chain);
    $self->write("certificate$self->{made}.both",  $own . $key);
    return { own => "$path.pem", cert => "$path.chain", key => "$path.key", both => "$path.both" };
}

sub revoke ($self, $certificate) {
    $self->openssl('ca', '-config', "$self->{dir}/config", '-revoke', $certificate->{own});
}

# The list of what is revoked by now.
sub revocations ($self) {
    $self->openssl('ca', '-config', "$self->{dir}/config", '-gencrl', '-out', "$self->{dir}/revoked.pem");
    return "$self->{dir}/revoked.pem";
}

# A directory as OpenSSL looks things up in: each file under the hash of its subject.
sub hashed ($self, @files) {
    my $folder = File::Temp::tempdir(DIR => $self->dir);
    chmod 0755, $folder;
    my %kinds = ('BEGIN X509 CRL' => ['crl', 'r'], 'BEGIN CERTIFICATE' => ['x509', '']);
    for my $file (@files) {
        my $text = slurp($file);
        my ($kind) = grep { $text =~ /$_/ } keys %kinds;
        my ($command, $letter) = @{ $kinds{$kind} };
        chomp(my $hash = qx(openssl $command -hash -noout -in $file));
        symlink $file, "$folder/$hash.${letter}0" or die "symlink: $!\n";
    }
    return $folder;
}

sub new_key ($self, $name) {
    $self->openssl('ecparam', '-genkey', '-noout', '-name', 'prime256v1', '-out', "$self->{dir}/$name");
    chmod 0644, "$self->{dir}/$name";    # the backend may run as somebody else than httpd's children
}

sub openssl ($self, @words) {
    my $said = qx(openssl @{[map { quotemeta } @words]} 2>&1);
    $? == 0 or die "openssl @words: $said\n";
}

sub slurp ($path) { open my $file, '<', $path or die "$path: $!\n"; local $/; return scalar <$file> }
sub read ($self, $name) { slurp("$self->{dir}/$name") }

sub write ($self, $name, $text = '') {
    open my $file, '>', "$self->{dir}/$name" or die "$self->{dir}/$name: $!\n";
    print {$file} $text;
    close $file;
}

1;
