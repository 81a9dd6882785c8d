use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Example;

my @members = map { CxxProxy::Example->member($_) } qw(one two three);
my $site = CxxProxy::Example->open('balancer.conf')->start({ map { ('10.0.0.1' . ($_ + 1) . ':8080' => $members[$_]) } 0 .. 2 });

my %served;
$served{ $site->answer('/') }++ for 1 .. 8;
is_deeply \%served, { one => 4, two => 2, three => 2 }, 'by weight';
is $site->names, 'www.example.org http://www.example.org/there', 'the name of the site';
$members[0]->go_down;
is $site->served(8), 'three two', 'without the member that is down, and no request fails';

done_testing;
