# A user of the balancer-manager page: looks, and presses its buttons.
#
#   my $manager = CxxProxy::Manager->new($httpd, '/manager');
#   $manager->member('cluster', "http://$backend")->{status};
#   $manager->change(b => 'cluster', w => "http://$backend", w_status_D => 1);
package CxxProxy::Manager;

use v5.36;

# What most configurations have: everything to balancer://cluster, and the manager in front of it.
sub in_front () { <<'CONF' =~ s/\n\z//r }
ProxyPass /manager !
ProxyPass / balancer://cluster/
<Location /manager>
    SetHandler balancer-manager
</Location>
CONF

sub new ($class, $httpd, $path, %option) {
    my $host = $option{host} // 'proxy.test';
    my $scheme = $option{scheme} // 'http';
    return bless { httpd => $httpd, path => $path, host => $host, referer => "$scheme://$host$path" }, $class;
}

sub get ($self, $query = '', @headers) {
    @headers = (Referer => $self->{referer}) unless @headers;
    return $self->{httpd}->get($self->{path} . $query, Host => $self->{host}, @headers);
}

sub html ($self, $query = '') { $self->get($query)->body }
sub xml  ($self) { $self->get('?xml=1')->body }

# { name => { nonce, ..., members => { url => { status, elected, ... } } } } from the XML page.
sub balancers ($self) {
    my %balancers;
    for my $text ($self->xml =~ m{<httpd:balancer>(.*?)</httpd:balancer>}sg) {
        my ($workers) = $text =~ s{<httpd:workers>(.*)</httpd:workers>}{}s ? $1 : '';
        my $balancer = fields($text);
        $balancer->{name} =~ s{^balancer://}{};
        $balancer->{members} = { map { my $member = fields($_); ($member->{name} => $member) } $workers =~ m{<httpd:worker>(.*?)</httpd:worker>}sg };
        $balancers{ $balancer->{name} } = $balancer;
    }
    return \%balancers;
}

sub fields ($text) { +{ $text =~ m{<httpd:(\w+)>([^<]*)</httpd:\1>}g } }

sub balancer ($self, $name) { $self->balancers->{$name} // { members => {} } }
sub member   ($self, $name, $url) { $self->balancer($name)->{members}{$url} // {} }
sub nonce    ($self, $name) { $self->balancer($name)->{nonce} // '' }

# The row of a member in the HTML page, under the titles of its columns: Route, Status, Elected, Busy, ...
sub row ($self, $url) {
    for my $table ($self->html =~ m{<table>(.*?)</table>}sg) {
        my ($titles, @rows) = map { [cells($_)] } $table =~ m{<tr>(.*?)</tr>}sg;
        next unless $titles && $titles->[0] eq 'Worker URL';
        for my $row (@rows) {
            return { map { ($titles->[$_] => $row->[$_]) } 0 .. $#$titles } if $row->[0] eq $url;
        }
    }
    return {};
}

sub cells ($row) { map { s/<[^>]*>//gr =~ s/^\s+|\s+$//gr } $row =~ m{<t[dh][^>]*>(.*?)</t[dh]>}sg }

# Posts a change as the page's form does, with the nonce; the response.
sub change ($self, %parameter) {
    $parameter{nonce} //= $self->nonce($parameter{b});
    return $self->post(\%parameter, Referer => $self->{referer});
}

sub post ($self, $parameter, @headers) {
    return $self->{httpd}->request(method => 'POST', path => $self->{path}, body => encoded($parameter),
        headers => [Host => $self->{host}, 'Content-Type' => 'application/x-www-form-urlencoded', @headers]);
}

sub encoded ($parameter) {
    return join '&', map { "$_=" . ($parameter->{$_} =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger) } sort keys %$parameter;
}

1;
