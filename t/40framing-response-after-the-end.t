use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

# Bytes that belong to no answer must never become the next one.
my $plain  = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
my $chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
my $empty  = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
my $forged = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";
my %answer = ('a length' => [$plain, 'ok'], 'chunks' => [$chunks, 'ok'], 'an empty body' => [$empty, '']);
my %extra  = (
    'a byte' => 'E', 'a line end' => "\r\n", 'a line feed' => "\n", 'a NUL' => "\0", 'an answer' => $forged, 'half an answer' => substr($forged, 0, 20),
    'an interim answer' => "HTTP/1.1 103 Early Hints\r\n\r\n", 'a hundred KiB' => 'EVIL' x 25_600,
);
my @cases;
for my $how (sort keys %answer) {
    for my $what (sort keys %extra) {
        my %case = (status => 200, body => $answer{$how}[1], unlike => qr/EVIL/, complete => 1, next => 'answered', kept => 0, stock => $what =~ /line/ ? { kept => undef } : undef);
        push @cases,
            { %case, name => "$what together with the end of $how", answer => "$answer{$how}[0]$extra{$what}" },
            { %case, name => "$what after the end of $how", answer => $answer{$how}[0], late => $extra{$what} };
    }
}
push @cases, map { { status => 200, body => 'ok', next => 'answered', kept => 0, close => 1, %$_ } } (
    { name => 'the backend says close and means it', answer => "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok" },
    { name => 'the backend says close in other words', answer => "HTTP/1.1 200 OK\r\nConnection: X, Close\r\nContent-Length: 2\r\n\r\nok" },
    { name => 'the backend says close in a second field', answer => "HTTP/1.1 200 OK\r\nConnection: X\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok" },
    { name => 'an HTTP/1.0 backend says nothing', answer => "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    { name => 'the backend hangs up without a word', answer => $plain },
);
push @cases,
    { name => 'the backend says close and stays', answer => "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", status => 200, body => 'ok', kept => 0 },
    { name => 'an HTTP/1.0 backend says keep-alive', answer => "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", status => 200, body => 'ok', kept => 1, stock => { kept => undef } },
    { name => 'a word that only begins like close', answer => "HTTP/1.1 200 OK\r\nConnection: closed\r\nContent-Length: 2\r\n\r\nok", status => 200, body => 'ok', kept => 1 },
    { name => 'an error page of the backend with more behind it', answer => "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno$forged", status => 500, body => 'no', kept => 0 };
check_answers(@cases);

done_testing;
