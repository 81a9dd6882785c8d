use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use CxxProxy::Framing qw(check_answers);

# CVE-2007-3847: dates of any length and shape. They pass, or are replaced, but nothing is read beyond their end.
my $pattern = 'Sun, 06 Nov 1994 08:49:37 GMT +0000 junk';
my @cases;
for my $name (qw(Date Expires Last-Modified)) {
    for my $value ((map { substr $pattern, 0, $_ } 0 .. length $pattern), ',' x 40, ':' x 29, '9' x 40, 'Sun, 99 Xxx 9999 99:99:99 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994', "\xff" x 29, '-1', '0') {
        push @cases, { name => "$name: $value", answer => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n$name: $value\r\n\r\nok", status => 200, body => 'ok', kept => 1 };
    }
}
push @cases, map { { name => "Warning $_", answer => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nWarning: $_\r\n\r\nok", status => 200, body => 'ok' } }
    '', ',', '"', '""', '\\', '"\\', '199 - "a" "', '199 - "a" ""', '199 - "a" "b', '199 - "a\\" "Sun"', '"' x 2000, ', ' x 2000, '199 h "' . '\\"' x 1000;
check_answers(@cases);

done_testing;
