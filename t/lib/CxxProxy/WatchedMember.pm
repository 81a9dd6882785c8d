# A CxxProxy::HealthCheck that one process serves, so that it knows how many checks are under way at once, and when each
# began; and what the log tells about who checks.
#
#   my $one = CxxProxy::WatchedMember->start('one', delay => 0.05);     # each check takes so many seconds
#   my $httpd = CxxProxy::Httpd->start(CxxProxy::WatchedMember->told, stack => ['proxy_hcheck'], ...);
#   $one->most_at_once;                                                 # checks
#   kill 'KILL', checker($httpd);
package CxxProxy::WatchedMember;

use v5.36;
use parent 'CxxProxy::HealthCheck';
use CxxProxy::HealthCheck qw(answer);
use CxxProxy::Wait qw(await wait_for);
use Exporter qw(import);
use File::Temp ();
use IO::Select;
use List::Util qw(max min);
use Socket qw(MSG_DONTWAIT MSG_PEEK);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

our @EXPORT_OK = qw(checker checkers another_checker until_settled);

sub start ($class, $name = 'member', %option) {
    my $self = bless {
        name => $name, host => $option{host} // '127.0.0.1', delay => $option{delay} // 0, owner => $$,
        dir => File::Temp->newdir('cxxproxy-backend-XXXXXX', TMPDIR => 1),
    }, $class;
    $self->{log} = "$self->{dir}/events";
    chmod 0755, "$self->{dir}";
    $self->reserve_port;
    return $self->come_up;
}

# --- its process ----------------------------------------------------------------------------------------------------

sub accept_connections ($self, $listener) {
    $SIG{PIPE} = 'IGNORE';
    my $select = IO::Select->new($listener);
    my $number = () = $self->events('open');
    my %open;
    $self->{select} = $select;
    $self->{open}   = \%open;
    while (1) {
        my $first = min map { $_->{due} // () } values %open;
        for my $ready ($select->can_read(defined $first ? max(0, $first - now()) : undef)) {
            if ($ready == $listener) {
                my $socket = $listener->accept or next;
                $select->add($socket);
                $open{$socket} = { socket => $socket, number => ++$number, bytes => '' };
                $self->record({ event => 'open', connection => $number });
            } elsif ($open{$ready}) {
                $self->hear($open{$ready});
            }
        }
        $self->tell($_) for grep { defined $_->{due} && $_->{due} <= now() } values %open;
    }
}

sub now () { clock_gettime(CLOCK_MONOTONIC) }

sub hear ($self, $one) {
    sysread($one->{socket}, $one->{bytes}, 65536, length $one->{bytes}) or return $self->forget($one);
    while ($one->{bytes} =~ s/^(.*?\r\n\r\n)//s) {
        my $head = $1;
        $one->{check} ||= CxxProxy::HealthCheck::is_check($head);
        # What has been closed does not count, even if its turn to be read has not come.
        $_ != $one && is_closed($_) && $self->forget($_) for values %{ $self->{open} };
        my $together = grep { $_->{check} } values %{ $self->{open} };
        $self->record({ event => 'request', id => "$one->{number}." . ++$one->{requests}, head => $head, complete => 1,
            connection => $one->{number}, at => now(), together => $together });
        $one->{method} = $head =~ /^(\S+)/ ? $1 : '';
        $one->{due} = now() + ($one->{check} ? $self->{delay} : 0);
    }
}

sub is_closed ($one) {
    my $byte;
    return defined recv($one->{socket}, $byte, 1, MSG_PEEK | MSG_DONTWAIT) && $byte eq '';
}

sub tell ($self, $one) {
    delete $one->{due};
    my $bytes = $one->{check} ? CxxProxy::HealthCheck::said("$self->{dir}/check") // answer(200) : answer(200, $self->{name});
    return if $bytes eq CxxProxy::HealthCheck::SILENCE;
    return $self->forget($one) if $bytes eq CxxProxy::HealthCheck::HANGS_UP;
    $bytes =~ s/(?<=\r\n\r\n).*//s if $one->{method} eq 'HEAD';
    syswrite($one->{socket}, $bytes) // $self->forget($one);
}

sub forget ($self, $one) {
    $self->{select}->remove($one->{socket});
    delete $self->{open}{ $one->{socket} };
    close $one->{socket};
    $self->record({ event => 'close', connection => $one->{number} });
}

# --- what it has seen -----------------------------------------------------------------------------------------------

sub check_events ($self) { grep { CxxProxy::HealthCheck::is_check($_->{head}) } $self->requests }
sub most_at_once ($self) { max(0, map { $_->{together} } $self->check_events) }

# Requests of clients so far.
sub clients ($self) { scalar(grep { !CxxProxy::HealthCheck::is_check($_->{head}) } $self->requests) }

# --- who checks -----------------------------------------------------------------------------------------------------

# For Httpd->start: the log has a line for each check.
sub told ($class) { log_level => 'info proxy_hcheck:debug' }

# The process of each check so far, in order.
sub checkers ($httpd) { $httpd->error_log =~ /\[pid (\d+)[^\]]*\].* AH03256: (?:Threaded )?Health checking /g }

# The last one.
sub checker ($httpd) {
    return wait_for(sub { (checkers($httpd))[-1] }) // die "no process checks\n";
}

# Waits until one checks that is none of these; gives it.
sub another_checker ($httpd, @not) {
    my %not = map { $_ => 1 } @not;
    return wait_for(sub { my $now = (checkers($httpd))[-1]; $now && !$not{$now} && $now })
        // die "no other process checks, still @not\n";
}

# At its end, event and worker tell as many children to end as there should be: with some of an old generation left, others
# have to be killed in the end, with any modules.
sub until_settled ($httpd) { await('the children of before to end', sub { $httpd->children <= $httpd->{children} }) }

1;
