use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Engine qw(few_threads used_client);
use CxxProxy::Stack qw(repo_root);
use File::Temp ();

# A module with an input filter between the core and the connection sees every request's head, on used connections, too.
my $apxs = (grep { system("command -v $_ >/dev/null 2>&1") == 0 } qw(apxs apxs2))[0] or plan skip_all => 'needs apxs';
my $dir  = File::Temp->newdir('cxxproxy-heads-XXXXXX', TMPDIR => 1);
chmod 0755, "$dir";
my $flags = join ' ', map { chomp(my $answer = `$apxs -q $_`); /DIR$/ ? "-isystem $answer" : $answer } qw(CPPFLAGS EXTRA_CPPFLAGS INCLUDEDIR APR_INCLUDEDIR APU_INCLUDEDIR);
my $built = system "g++ -std=c++20 -shared -fPIC $flags -o $dir/mod_reads_heads.so @{[repo_root()]}/t/modules/mod_reads_heads.cpp";
is $built, 0, 'the module builds';

for my $where ('READS_FOR_REQUESTS', 'READS_FOR_CONNECTIONS', 'READS_NOTHING') {
    my $seen    = $where eq 'READS_NOTHING' ? 'before' : 'beyond';
    my $backend = CxxProxy::Backend->echo;
    my $httpd   = few_threads(config => <<"CONF");
LoadModule reads_heads_module $dir/mod_reads_heads.so
Define $where
ProxyPass / http://$backend/
CONF
    my $client = used_client($httpd);
    for my $number (1 .. 3) {
        my $answer = $client->request(path => "/before-$number", headers => ['X-A' => 'before']);
        is $answer->status, 200, "$where, request $number";
        like $answer->body, qr{^GET /$seen-$number HTTP.*^X-A: $seen\r$}ms, 'as the module had it';
    }
    my $pipelined = used_client($httpd);
    $pipelined->send(join '', map { "GET /before-$_ HTTP/1.1\r\nHost: h\r\n\r\n" } 1 .. 3);
    is join(' ', map { $pipelined->read_response->body =~ m{^GET (\S+)} } 1 .. 3), join(' ', map { "/$seen-$_" } 1 .. 3), 'pipelined';
}

done_testing;
