use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Httpd;

# What a template or an expression is is not for who may write a .htaccess file.
my %line  = (template => 'ProxyHCTemplate a hcmethod=GET', expr => 'ProxyHCExpr a {true}', tpsize => 'ProxyHCTPsize 4', other => 'FileETag None');
my $httpd = CxxProxy::Httpd->start(stack => ['proxy_hcheck'], files => { map { ("htdocs/$_/.htaccess" => "$line{$_}\n", "htdocs/$_/page.txt" => "a page\n") } keys %line },
    config => <<"CONF");
<Directory "__ROOT__/htdocs">
    AllowOverride All
    Require all granted
</Directory>
CONF

is $httpd->answer('/other/page.txt'), "a page\n", 'FileInfo is allowed';
for my $name (qw(template expr tpsize)) {
    my ($directive) = $line{$name} =~ /^(\w+)/;
    is $httpd->answer("/$name/page.txt"), 500, $directive;
    $httpd->wait_for_log(qr{/\Q$name\E/\.htaccess: $directive (?:not allowed here|not allowed in|cannot occur within)});
}

done_testing;
