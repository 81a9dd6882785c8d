# Policies of others, and the tests that Debian's machines run.

install_package '' "$architecture" "./tmp/libapache2-mod-cxxproxy-dev_${version}_all.deb"
ok 'the header can be installed' is_file /usr/include/cxxproxy/policy.hpp
said=$(debian/tests/policy --build "$work/mod_coin.so" "$root/usr/include" 2>&1); status=$?
ok 'its example is a module' ended_with 0
cp "$work/mod_coin.so" "$root/usr/lib/apache2/modules/"
sed -i '/<Proxy /a ProxySet lbmethod=coin' "$root/etc/apache2/sites-available/site.conf"
sed -i '1i LoadModule coin_module /usr/lib/apache2/modules/mod_coin.so' "$root/etc/apache2/sites-available/site.conf"
inside a2ensite -q site >/dev/null
try service apache2 restart
ok 'a balancer can use it' wait_until serves
page '/balancer-manager?xml=1'
ok 'and does' page_has coin
inside a2dissite -q site >/dev/null
inside service apache2 stop >/dev/null 2>&1

cp debian/tests/switch "$root/tmp/"
inside a2ensite -q 000-default >/dev/null
try sh /tmp/switch
ok "Debian's test of the package passes" ended_with 0
inside service apache2 stop >/dev/null 2>&1
