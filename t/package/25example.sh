# A file of conf-examples/ is a site as it is, but for its addresses.

if [ -e conf-examples/balancer.conf ]; then
    inside cxxproxy-switch >/dev/null
    sed "s/10\.0\.0\.11:8080/127.0.0.1:$backend_one/; s/10\.0\.0\.12:8080/127.0.0.1:$backend_two/
        s/10\.0\.0\.13:8080/127.0.0.1:$backend_three/" conf-examples/balancer.conf >"$root/etc/apache2/sites-available/zz-example.conf"
    inside a2ensite -q zz-example >/dev/null
    ok 'conf-examples/balancer.conf is accepted' config_is_good
    inside apache2ctl graceful 2>/dev/null
    example_serves() { page_of www.example.org / && page_has "^$1 "; }
    for name in one two three; do
        ok "it is served by member $name" wait_until example_serves $name
    done
    inside a2dissite -q -p zz-example >/dev/null
    rm "$root/etc/apache2/sites-available/zz-example.conf"
    inside cxxproxy-switch --back --reload >/dev/null
    ok 'the stock modules are back' state_is "$state_installed"
fi
