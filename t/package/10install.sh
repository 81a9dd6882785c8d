# On a system whose sites use the stock modules, installing changes nothing and says what to do.

lintian_finds_nothing() { said=$(lintian --fail-on error,warning build/package/*.changes 2>&1); status=$?; ended_with 0; }
ok 'lintian has nothing to say' lintian_finds_nothing

mkdir -p "$root/tmp"
cp build/package/libapache2-mod-cxxproxy*_"$version"_*.deb "$root/tmp/"
printf '#!/bin/sh\nexit 0\n' >"$root/usr/sbin/policy-rc.d" # services are started and stopped as anywhere
chmod 755 "$root/usr/sbin/policy-rc.d"

inside a2enmod -q proxy_http proxy_wstunnel proxy_balancer lbmethod_byrequests proxy_html >/dev/null
inside a2dissite -q 000-default >/dev/null
cat >"$root/etc/apache2/sites-available/site.conf" <<END
ServerName localhost
<VirtualHost *:80>
    <Proxy balancer://site>
        BalancerMember http://127.0.0.1:$backend_one route=one
        BalancerMember http://127.0.0.1:$backend_two route=two
        BalancerMember http://127.0.0.1:$backend_three route=three
    </Proxy>
    ProxyPass        /balancer-manager !
    ProxyPass        / balancer://site/
    ProxyPassReverse / balancer://site/
    ProxyHTMLEnable On
    ProxyHTMLURLMap http://127.0.0.1:$backend_one/ /
    ProxyHTMLURLMap http://127.0.0.1:$backend_two/ /
    ProxyHTMLURLMap http://127.0.0.1:$backend_three/ /
    <Location /balancer-manager>
        SetHandler balancer-manager
        Require local
    </Location>
</VirtualHost>
END
inside a2ensite -q site >/dev/null
# An administrator's change of what Debian brings.
sed -i 's/^#ProxyVia Off/ProxyVia On/' "$root/etc/apache2/mods-available/proxy.conf"
# One module as if a package had enabled it.
mkdir -p "$root/var/lib/apache2/module/enabled_by_maint"
mv "$root/var/lib/apache2/module/enabled_by_admin/proxy_wstunnel" "$root/var/lib/apache2/module/enabled_by_maint/"
ok 'the stock modules accept the site' config_is_good
try service apache2 start
ok 'and serve it' wait_until serves
everything >"$work/before"
state_before=$(state)

install_package '' "$architecture"
ok 'the package can be installed' ended_with 0
ok 'it says how to switch' says 'cxxproxy-switch --restart'
ok 'and because of which modules' says 'proxy proxy_balancer proxy_http proxy_wstunnel lbmethod_byrequests'
ok 'it has enabled nothing' disabled cxxproxy
ok 'and the stock modules are as they were' state_is "$state_before"
ok 'the site is served' serves

try a2enmod cxxproxy
ok 'a2enmod refuses' ended_with 1
for name in proxy proxy_balancer proxy_http proxy_wstunnel lbmethod_byrequests; do
    ok "and names $name" says "Module $name is enabled - cannot proceed"
done
ok 'nothing of it stays' disabled cxxproxy
try cxxproxy-switch --version
ok 'cxxproxy-switch is of this version' says "^cxxproxy-switch $version\$"
state_installed=$(state)
