use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);

# Every number of a log line stands in docs/log-ids.md, with its level; a number has one level only.
my $root  = "$FindBin::Bin/..";
my %level = (EMERG => 'emergency', CRIT => 'critical', ERR => 'error', WARNING => 'warning', NOTICE => 'notice', INFO => 'info', DEBUG => 'debug');

sub text ($path) { open my $file, '<', $path or die "$path: $!\n"; local $/; return scalar <$file> }

my $words = join '|', keys %level;
my %logged;
for my $text (map { text($_) } map { glob "$root/modules/$_" } '*.cpp', '*/*.cpp', '*/*/*.cpp') {
    my $of_line;
    while ($text =~ /\bAPLOG_($words)\b|CXXPROXY_LOGNO\((\d+)\)/g) {
        $of_line = $1 // $of_line;
        $logged{$2}{ $level{$of_line} } = 1 if defined $2;
    }
}
my %told = text("$root/docs/log-ids.md") =~ /^\| CXP(\d+) \| ([^|]+) \|/mg;
cmp_ok scalar(keys %told), '>', 30, 'there are numbers';
is_deeply { map { ($_ => join ', ', sort keys %{ $logged{$_} }) } keys %logged }, \%told, 'with one level each, as the table says';
is_deeply [grep { keys %{ $logged{$_} } > 1 } sort keys %logged], [], 'none has two';
done_testing;
