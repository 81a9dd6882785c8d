# What cxxproxy-switch refuses, and what it does when Apache does.

conf=$root/etc/apache2/conf-enabled/test.conf
refused() { ended_with 3 && says 'Nothing was changed' && state_is "$state_installed"; }

try cxxproxy-switch --sideways
ok 'an option that it does not know' ended_with 2
said=$(chroot --userspec=nobody "$root" /usr/sbin/cxxproxy-switch 2>&1); status=$?
ok 'who is not root' refused
said=$(chroot --userspec=nobody "$root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/bin cxxproxy-switch --dry-run 2>&1); status=$?
ok 'may have a dry run' ended_with 0

echo 'NoSuchDirective' >"$conf"
try cxxproxy-switch
ok 'a configuration that is broken already' refused
ok 'which is shown' says 'NoSuchDirective'

echo 'LoadModule proxy_fcgi_module /usr/lib/apache2/modules/mod_proxy_fcgi.so' >"$conf"
ok '(a configuration that only the stock modules accept)' config_is_good
try cxxproxy-switch
ok 'is found out' ended_with 1
ok 'with the reason' says 'mod_proxy_fcgi cannot run beside mod_cxxproxy'
ok 'and everything is as before' state_is "$state_installed"
ok 'the stock modules accept it' config_is_good
rm "$conf"

inside a2enmod -q proxy_fcgi >/dev/null
state_installed=$(state)
printf '<FilesMatch "\\.php$">\n    SetHandler "proxy:unix:/run/php.sock|fcgi://localhost"\n</FilesMatch>\n' >"$conf"
try cxxproxy-switch
ok 'a module that nothing takes the place of' refused
ok 'what it is for' says 'proxy_fcgi is enabled.*FastCGI'
ok 'and who uses it' says 'test.conf:2:.*fcgi://localhost'
try cxxproxy-switch --dry-run
ok 'a dry run says that, too' refused
rm "$conf"
try cxxproxy-switch --force
ok 'by force' ended_with 0
ok 'it is disabled' disabled proxy_fcgi
try cxxproxy-switch --back
ok 'and comes back' state_is "$state_installed"
inside a2dismod -q -p proxy_fcgi >/dev/null
state_installed=$(state)

mv "$root/etc/apache2/mods-enabled/proxy.conf" "$work/link"
cp "$root/etc/apache2/mods-available/proxy.conf" "$root/etc/apache2/mods-enabled/proxy.conf"
state_installed=$(state)
try cxxproxy-switch
ok 'a file where a link should be' refused
ok 'which one' says 'mods-enabled/proxy.conf is a file'
mv "$work/link" "$root/etc/apache2/mods-enabled/proxy.conf"
state_installed=$(state)

inside cxxproxy-switch >/dev/null
state_switched=$(state)
echo 'CxxProxyEngine On' >"$conf"
try cxxproxy-switch --back
ok 'a way back that Apache refuses' ended_with 1
ok 'is shown' says 'CxxProxyEngine'
ok 'and not taken' state_is "$state_switched"
try cxxproxy-switch --back --force
ok 'but by force' state_is "$state_installed"
rm "$conf"

cp -a "$root/etc/apache2" "$root/etc/apache2-two"
mkdir "$root/var/log/apache2-two"
try env APACHE_CONFDIR=/etc/apache2-two cxxproxy-switch
ok 'another configuration' is_file /etc/apache2-two/mods-enabled/cxxproxy.load
ok 'is switched for itself' disabled cxxproxy
ok 'and remembered for itself' is_file /var/lib/cxxproxy/apache2-two
try env APACHE_CONFDIR=/etc/apache2-two cxxproxy-switch --back
ok 'and goes back' state_is "$state_installed"
ok 'with its own modules' is_file /etc/apache2-two/mods-enabled/proxy_http.load
rm -r "$root/etc/apache2-two" "$root/var/log/apache2-two"
