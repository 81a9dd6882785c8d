use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;
use CxxProxy::Manager;
use CxxProxy::Stack qw(is_ours);
use CxxProxy::Wait qw(await);

plan skip_all => 'stock modules: their files are of another kind' unless is_ours();

my ($a, $b) = map { CxxProxy::Backend->named($_) } qw(a b);
my $config = sub ($persist, $timeout) { <<"CONF" };
BalancerPersist $persist
<Proxy balancer://cluster>
    BalancerMember http://$a
    BalancerMember http://$b
    ProxySet growth=1 timeout=$timeout
</Proxy>
@{[CxxProxy::Manager::in_front]}
CONF
my $httpd   = CxxProxy::Httpd->start(config => $config->('On', 3));
my $manager = CxxProxy::Manager->new($httpd, '/manager');
my $file    = $httpd->root . '/run/cxxproxy-balancers.state';
sub contents () { local (@ARGV, $/) = ($file); <> }
sub put ($bytes) { open my $to, '>', $file or die "$file: $!\n"; print $to $bytes; close $to }
sub timeout () { $manager->balancer('cluster')->{timeout} }

$manager->change(b => 'cluster', b_tmo => 9);
$manager->change(b => 'cluster', w => "http://$a", w_status_D => 1);
await('what was changed is in the file while the server runs', sub { -e $file && contents =~ /timeout=9000000/ });
is((stat $file)[2] & 0777, 0600, 'which is for its owner only');
kill 'KILL', $httpd->pid, $httpd->children;
$httpd->stop;
$httpd->start_again;
is timeout, 9, 'killed outright it has forgotten nothing of that';
is $manager->member('cluster', "http://$a")->{status}, 'Init Dis ';
ok !-e "$file.new", 'and nothing lies about';

$httpd->stop;
my $good = contents;
my %bad  = (
    'empty'             => '',
    'cut'               => substr($good, 0, length($good) / 2),
    'cut at a line'     => $good =~ s/end .*//sr,
    'edited'            => $good =~ s/timeout=9000000/timeout=8000000/r,
    'of another kind'   => "\0" x 4096,
    'of a later version' => $good =~ s/\Acxxproxy-state 1/cxxproxy-state 2/r,
    'with more behind'  => "$good\n",
);
for my $what (sort keys %bad) {
    put($bad{$what});
    $httpd->start_again;
    is timeout, 3, "a file that is $what: all begins as configured";
    ok -e "$file.refused" && !-e $file, 'it is set aside';
    ok $httpd->wait_for_log(qr/CXP0208: BalancerPersist: \Q$file\E is not used, and all balancers begin as configured: .*line \d+: .*It is kept as/), 'the log says so';
    $httpd->stop;
    unlink $file, "$file.refused";
}
put($good);
chmod 0600, $file;
$httpd->start_again($config->('On', 5));
is timeout, 5, 'an edited configuration wins over what was remembered';
ok $httpd->wait_for_log(qr/CXP0203: balancer:\/\/cluster: timeout was changed while the server ran/), 'and the log says so';
is $manager->member('cluster', "http://$a")->{status}, 'Init Dis ', 'for what was edited only';
$httpd->stop;

# Whole, but with numbers that no configuration may have.
sub hash_of ($text) {
    use integer;    # wraps around at 64 bits
    no warnings 'portable';
    my $hash = -3750763034362895579;    # 0xcbf29ce484222325
    $hash = ($hash ^ ord $_) * 0x100000001b3 for split //, $text;
    no integer;
    return sprintf '%016x', $hash;
}
sub sealed ($text) { $text =~ s/^end (\d+) .*\n\z/"end $1 " . hash_of($`) . "\n"/emr }
is sealed($good), $good, 'the sum';
for my $case ('0 bytraffic', '9 byrequests', '-1 byrequests', '4294967296 bytraffic', '9223372036854775807 bybusyness', '-9223372036854775808 bytraffic') {
    my ($number, $method) = split / /, $case;
    put(sealed($good =~ s/ (loadfactor|lbset|timeout|maxattempts|retries|score|sent|received|hcmethod|hcinterval|hcpasses|hcfails)=\S+/ $1=$number/gr
                =~ s/ lbmethod=\S+/ lbmethod=$method/gr =~ s/ status=\d+/ status=1/gr));
    $httpd->start_again($config->('On', 3));
    like $httpd->answer('/'), qr/^[ab]$/, "$method with $number everywhere" for 1 .. 3;
    is $manager->row("http://$a")->{'HC Method'}, 'NONE', 'and no check that there is not';
    $httpd->stop;
}

put($good);
$httpd->start_again($config->('Off', 3));
is timeout, 3, 'BalancerPersist Off: nothing is remembered';
$httpd->stop;
is contents, $good, 'and the file is nobody\'s business';

# Something in the file's place that is none, and that cannot be replaced.
unlink $file;
mkdir $file or die "$file: $!\n";
mkdir "$file/x";
mkdir "$file.refused";
mkdir "$file.refused/x";
$httpd->start_again($config->('On', 3));
is timeout, 3, 'a directory in its place';
$manager->change(b => 'cluster', b_tmo => 9);
ok $httpd->wait_for_log(qr/CXP0209: BalancerPersist: cannot write \Q$file/), 'the log says that nothing can be saved';
is timeout, 9;

done_testing;
