use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Backend;
use CxxProxy::Httpd;

my $backend = CxxProxy::Backend->teller;
my $httpd   = CxxProxy::Httpd->start(config => <<"CONF");
ProxyPass /n http://$backend/n noquery
ProxyPass /q http://$backend/q
LogFormat "%U %{proxy-noquery}n" notes
CustomLog __ROOT__/logs/notes notes
CONF

is $httpd->answer('/n/x?a=1'), '/n/x?a=1', 'an http backend still gets the query';
$httpd->log_lines('notes', 1);
is $httpd->answer('/q/x?a=1'), '/q/x?a=1';
is_deeply [$httpd->log_lines('notes', 2)], ['/n/x 1', '/q/x -'], 'the note is there for who wants it';

done_testing;
