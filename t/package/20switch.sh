# There and back again, with the site going on.

try cxxproxy-switch --dry-run
ok 'a dry run is possible' ended_with 0
ok 'it says what is replaced' says '^proxy_balancer: mod_cxxproxy takes its place'
ok 'and what stays' says '^proxy_html: stays'
ok 'and changes nothing' state_is "$state_installed"

try cxxproxy-switch
ok 'the switch' ended_with 0
ok 'it says how to restart Apache' says 'service apache2 restart'
ok 'mod_cxxproxy is enabled' enabled cxxproxy cxxproxy_html xml2enc
ok 'the stock modules are not' disabled proxy proxy_http proxy_wstunnel proxy_balancer lbmethod_byrequests proxy_html
ok 'Apache accepts its configuration' config_is_good
ok 'the site is served by what runs' serves
try service apache2 restart
ok 'and after a restart' wait_until serves
ok 'by mod_cxxproxy' loaded cxxproxy
page /x.html
ok 'the settings of proxy.conf hold' head_has '^Via: 1.1 '
ok 'mod_proxy_html does its work' page_has 'href="/other"'
page /balancer-manager
ok 'the balancer-manager is there' page_has 'balancer://site'
try apache2ctl -t -D DUMP_PROXY
ok 'apache2ctl tells what the configuration means' says 'Mappings, in the order tried:'
try apache2ctl -t -D 'PROXY_URL=http://localhost/x?y=1&z=2' -D PROXY_HEADER=X-Asked:yes
ok 'and what becomes of a request' says 'GET /x\?y=1&z=2 HTTP/1.1'
ok 'with fields of its own' says 'X-Asked: yes'
try a2query -m cxxproxy
ok 'a2query knows who enabled it' says 'enabled by site administrator'
state_switched=$(state)

try cxxproxy-switch
ok 'a second switch' ended_with 0
ok 'has nothing to do' says 'Nothing to do'
ok 'and does nothing' state_is "$state_switched"
reloads() { grep -c 'Doing graceful restart' "$root/var/log/apache2/error.log"; }
reloads_before=$(reloads)
reloaded() { [ "$(reloads)" -gt "$reloads_before" ]; }
try cxxproxy-switch --reload
ok 'but a reload, if that is asked for' wait_until reloaded
try cxxproxy-switch --back --dry-run
ok 'a dry run of the way back' says '^proxy_wstunnel: would be enabled'
ok 'changes nothing' state_is "$state_switched"

begin_traffic
for round in 1 2 3; do
    try apache2ctl graceful
    wait_for_traffic
done
end_traffic
ok 'reloads under traffic lose no request' none_failed

begin_traffic
try cxxproxy-switch --back --reload
ok 'back, with a reload' ended_with 0
wait_until not_loaded cxxproxy
wait_for_traffic
ok 'what was enabled is enabled again, by whom it was' state_is "$state_installed"
try cxxproxy-switch --reload
wait_for_traffic
try cxxproxy-switch --back --reload
wait_for_traffic
end_traffic
ok 'there and back under traffic loses no request' none_failed
ok 'and leaves the same' state_is "$state_installed"
try cxxproxy-switch --back
ok 'back from nowhere' ended_with 0
ok 'is nothing to do' says 'Nothing to do'

