# New: callers that see the same least busy member at the same moment do not all take it, whichever children they are of
# (with the stock modules some do: bench/spread shows how many).
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Spread;
use CxxProxy::Stack qw(is_ours);

plan skip_all => 'about mod_cxxproxy alone' if !is_ours();

# With many members a choice takes a while: others choose meanwhile.
for my $members (1000, 5) {
    my @spread = CxxProxy::Spread->of(clients => 32, members => $members, rounds => 10);
    is_deeply [grep { $_ > 1 } @spread], [], "open requests of any two of $members members differ by one at most";
}

done_testing;
