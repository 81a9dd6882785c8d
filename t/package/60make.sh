# What make does without dpkg.

copy=$work/copy
mkdir "$copy"
dpkg-deb -x build/package/libapache2-mod-cxxproxy_"${version}_$architecture".deb "$copy"
dpkg-deb -x build/package/libapache2-mod-cxxproxy-dev_"${version}"_all.deb "$copy"
rm -r "$copy/usr/share/doc" "$copy"/usr/share/man/man7
gunzip -r "$copy/usr/share/man"
left() { find "$copy" -not -type d -printf '%P\n' | sort; }
# Its own targets are asked, not what they are made of: the package's module stands for the build's.
make_it() { said=$(make -f Makefile.apxs DESTDIR="$copy" PREFIX=/usr "$@" 2>&1 </dev/null); status=$?; }
make_it uninstall
ok 'make uninstall' ended_with 0
nothing_left() { said=$(left); [ -z "$said" ]; }
ok 'takes away all that make install has put there, which is what the package has' nothing_left

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    make_it dist
    archive=build/mod_cxxproxy-$version.tar.xz
    ok 'make dist' ended_with 0
    first=$(sha256sum <"$archive")
    sleep 1.1 # the second in which it is made may not matter
    make_it dist
    same_again() { said=$(sha256sum <"$archive"); [ "$said" = "$first" ]; }
    ok 'makes the same archive again' same_again
    all_of_it() { said=$(diff <(git ls-tree -r --name-only HEAD | sort) <(tar -tf "$archive" | sed "s|^mod_cxxproxy-$version/||" | grep -v '/$' | sed '/^$/d' | sort)); [ -z "$said" ]; }
    ok 'of all files of the commit' all_of_it
fi
