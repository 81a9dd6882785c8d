# What the parts of t/package share: checks, the Debian they are about, traffic.

passed=0
failed=0
status=0 # of the last said
said=    # by it

# ok WHAT COMMAND...: one check. When it fails, what was said last is shown.
ok() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok $((passed + failed)) - $what"
    else
        failed=$((failed + 1))
        echo "not ok $((passed + failed)) - $what"
        printf '%s\n' "$said" "status $status" | tail -n 25 | sed 's/^/#   /'
    fi
}

# In the Debian, as its administrator.
inside() {
    chroot "$root" env -i LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
try() { said=$(inside "$@" 2>&1 </dev/null); status=$?; }
ended_with() { [ "$status" = "$1" ]; }
says() { grep -qE -- "$1" <<<"$said"; }
says_nothing_of() { ! says "$1"; }

config_is_good() { try apache2ctl configtest && ended_with 0; }
loaded() { [[ $(inside apache2ctl -M 2>/dev/null) == *" $1_module "* ]]; }
not_loaded() { ! loaded "$1"; }
enabled() { local name; for name; do [ -e "$root/etc/apache2/mods-enabled/$name.load" ] || return; done; }
disabled() { local name; for name; do [ ! -e "$root/etc/apache2/mods-enabled/$name.load" ] || return; done; }
is_file() { [ -e "$root$1" ]; }
no_file() { [ ! -e "$root$1" ]; }

wait_until() {
    local left=300
    until "$@"; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.1
    done
}

# Links, and the notes about who enabled what; not that somebody has disabled ours, which is as it should be.
state() {
    (cd "$root" && find etc/apache2/mods-enabled var/lib/apache2/module var/lib/cxxproxy -not -type d \
        -not -path '*/disabled_by_*/cxxproxy*' -printf '%p %y %l\n' 2>/dev/null | sort)
}
state_is() { diff <(echo "$1") <(state) >"$work/diff" || { said=$(cat "$work/diff"); return 1; }; }

# Every file with what is in it, but for what Debian and Apache write about themselves.
everything() {
    (
        cd "$root" || exit
        files() {
            find . -xdev \( -path ./proc -o -path ./dev -o -path ./sys -o -path ./run -o -path ./tmp -o -path ./var/log \
                -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./etc/ld.so.cache \) -prune \
                -o -type d -path './var/lib/apache2/module/*' -o "$@"
        }
        files -printf '%p %m %l\n'
        files -type f -print0 | xargs -0 md5sum
    ) | sort
}
everything_is_as_in() { diff "$1" <(everything) >"$work/diff" || { said=$(cat "$work/diff"); return 1; }; }

install_package() { try apt-get -q -y install "./tmp/libapache2-mod-cxxproxy$1_${version}_$2.deb" "${@:3}"; }
architecture=$(dpkg --print-architecture)

# Backends that live as long as the checks; what they are asked, they answer with their name and the request line.
start_backends() {
    python3 t/package/backends.py one two three >"$work/ports" &
    wait_until test -s "$work/ports"
    read -r backend_one backend_two backend_three <"$work/ports"
}

page_of() { curl -s -m 30 -o "$work/page" -D "$work/head" -w '%{http_code}' -H "Host: $1" "http://127.0.0.1$2" >"$work/code"; }
page() { page_of localhost "$1"; }
serves() { page / && [ "$(cat "$work/code")" = 200 ] && grep -q '^one\|^two\|^three' "$work/page"; }
head_has() { grep -qi -- "$1" "$work/head"; }
page_has() { grep -q -- "$1" "$work/page"; }

# Requests all the time, until end_traffic says how many there were and how many of them failed.
begin_traffic() {
    python3 t/package/traffic.py http://127.0.0.1/ >"$work/traffic" &
    traffic=$!
    wait_for_traffic
}
wait_for_traffic() {
    local before
    before=$(wc -l <"$work/traffic")
    wait_until traffic_is_beyond "$before"
}
traffic_is_beyond() { [ "$(wc -l <"$work/traffic")" -gt "$1" ]; }
end_traffic() {
    kill -TERM $traffic
    wait $traffic
    said=$(grep -v '^\.' "$work/traffic")
}
none_failed() { says '^[1-9][0-9]* answers, 0 failed$'; }
