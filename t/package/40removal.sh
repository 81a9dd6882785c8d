# Upgrades go on with what is enabled; a removal leaves the site to the stock modules, and nothing behind.

try cxxproxy-switch --restart
ok 'switched, with a restart' wait_until loaded cxxproxy
state_switched=$(state)
try dpkg -i "/tmp/libapache2-mod-cxxproxy_${version}_$architecture.deb"
ok 'an upgrade' ended_with 0
ok 'leaves everything as it is' state_is "$state_switched"
ok 'and the site is served' wait_until serves

try apt-get -q -y remove libapache2-mod-cxxproxy
ok 'a removal' ended_with 0
ok 'brings the stock modules back' enabled proxy proxy_http proxy_wstunnel proxy_balancer lbmethod_byrequests proxy_html
ok 'and takes ours out' disabled cxxproxy cxxproxy_html
ok 'Apache accepts its configuration' config_is_good
ok 'the site is served' wait_until serves
ok 'the module is gone' no_file /usr/lib/apache2/modules/mod_cxxproxy.so
try apt-get -q -y purge libapache2-mod-cxxproxy
ok 'a purge' ended_with 0
ok 'nothing is left' everything_is_as_in "$work/before"
ok 'the site is served still' serves

# A system that never had the stock modules enabled.
inside a2dissite -q site >/dev/null
inside a2dismod -q -f proxy xml2enc >/dev/null
inside service apache2 restart >/dev/null 2>&1
everything >"$work/before"
install_package '' "$architecture"
ok 'where no stock module is enabled, it can be installed' ended_with 0
ok 'and is enabled' enabled cxxproxy
ok 'by the package' is_file /var/lib/apache2/module/enabled_by_maint/cxxproxy
inside a2ensite -q site >/dev/null
sed -i '/ProxyHTML/d' "$root/etc/apache2/sites-available/site.conf"
inside service apache2 restart >/dev/null 2>&1
ok 'a site can use it' wait_until serves
try apt-get -q -y remove libapache2-mod-cxxproxy
ok 'it can be removed' ended_with 0
ok 'and the site is served' wait_until serves
ok 'by the stock modules' enabled proxy proxy_http proxy_balancer
inside a2dissite -q site >/dev/null
inside a2dismod -q -f proxy >/dev/null
install_package '' "$architecture"
ok 'who installs it again' enabled cxxproxy
inside a2dismod -q cxxproxy >/dev/null
try dpkg -i "/tmp/libapache2-mod-cxxproxy_${version}_$architecture.deb"
ok 'who disables it is not overruled by an upgrade' disabled cxxproxy
try apt-get -q -y purge libapache2-mod-cxxproxy
ok 'it can be purged at once' ended_with 0
ok 'Apache accepts its configuration then' config_is_good
no_trace() { said=$(find "$root/etc" "$root/var/lib/apache2" "$root/var/lib/cxxproxy" "$root/usr" -name '*cxxproxy*' 2>/dev/null); [ -z "$said" ]; }
ok 'nothing is left' no_trace

# Where it could not run.
echo 'LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so' >"$root/etc/apache2/conf-enabled/test.conf"
install_package '' "$architecture"
ok 'where Apache would refuse it, it can be installed' ended_with 0
ok 'but is not enabled' disabled cxxproxy
ok 'which it says' says 'not enabled'
rm "$root/etc/apache2/conf-enabled/test.conf"
try apt-get -q -y purge libapache2-mod-cxxproxy
