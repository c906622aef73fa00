#!/usr/bin/env bash
# deb.sh: builds a Debian package for the installed server, and one of its debugging symbols, in target/packages.
# deb.sh RELEASE...: the same for the servers of these releases of the matrix.
#
# dpkg-deb is all that is needed beyond what `make build` needs: it is wherever packages can be installed. Two builds of
# one commit are byte for byte the same, with the same Rust and the same C compiler.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

name=kamailio-msilo-rs
# Who builds packages for others puts their own name there.
maintainer=${MSILO_MAINTAINER:-"The authors of msilo.so <msilo@localhost.invalid>"}

command -v dpkg-deb >/dev/null || fail "dpkg-deb is missing, which builds Debian packages" \
    "elsewhere than on Debian and its relatives: make tarball"

# package MODULES BUILT: the two packages of a module for the server whose modules will be in the directory MODULES.
# SERVER is a directory with that server's tm.so.
package() {
    local modules=$1 server=$2 built=$3 number full work
    number=$(server_number "$server")
    [[ $number =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] ||
        fail "Kamailio $number is no release, so no package can say which servers it is for" "use: make tarball"
    full=$version+kam$number
    work=$(mktemp -d)
    # shellcheck disable=SC2064  # the directory of now
    trap "rm -rf '$work'" EXIT
    chmod 0755 "$work"
    fill_main "$modules" "$server" "$built" "$number" "$full"
    fill_symbols "$full"
    finish "$work/main" "$name" "$full"
    finish "$work/symbols" "$name-dbgsym" "$full"
    rm -rf "$work"
    trap - EXIT
}

fill_main() {
    local modules=$1 server=$2 built=$3 number=$4 full=$5 tree=$work/main script next
    local doc=$tree/usr/share/doc/$name page=$tree/usr/share/man/man7/msilo.7.gz
    install -d -m 0755 "$tree/DEBIAN" "$tree$modules" "$doc" "${page%/*}" "$tree/usr/share/lintian/overrides"
    split_symbols "$built" "$tree$modules/msilo.so" "$work/msilo.so.debug"
    copy_docs "$doc"
    copyright >"$doc/copyright"
    chmod 0644 "$doc/copyright"
    changelog "$full" | gzip -9n >"$doc/changelog.gz"
    gzip -9nc "$root/docs/msilo.7" >"$page"
    sed "s|@MODULES@|${modules#/}|" "$packages/debian/overrides" >"$tree/usr/share/lintian/overrides/$name"
    for script in preinst postinst postrm; do
        sed -e "s|@PACKAGE@|$name|g" -e "s|@TARGET@|$modules/msilo.so|g" -e "s|@SERVER@|$(server_string "$server")|g" \
            -e "s|@FLAGS@|$(flags_of "$built")|g" "$packages/debian/$script" >"$tree/DEBIAN/$script"
        chmod 0755 "$tree/DEBIAN/$script"
    done
    # A revision of the distribution fits, the next version does not: 5.6.3-2+deb12u1, but not 5.6.4. Conflicts has dpkg
    # refuse that one before it is unpacked; with Breaks alone it would lie there, unconfigured, beside our module.
    next=${number%.*}.$((${number##*.} + 1))~
    cat >"$tree/DEBIAN/control" <<CONTROL
Package: $name
Version: $full
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(size "$tree")
Depends: kamailio (>= $number), kamailio (<< $next), $(libraries "$built")
Conflicts: kamailio (>= $next)
Section: net
Priority: optional
Description: offline messages for Kamailio $number, in place of its module msilo
 Keeps SIP MESSAGEs for users who are offline in the database of the Kamailio
 server, and delivers them when the user registers; or at a set time, as a
 reminder.
 .
 This package puts its msilo.so in place of the one that comes with Kamailio
 $number, with the same parameters, functions, statistics and table. That one
 is back when this package is removed. It fits this version of the server
 only: with the next one it is held back or removed.
CONTROL
}

fill_symbols() {
    local full=$1 tree=$work/symbols id
    id=$(LC_ALL=C readelf -n "$work/main$modules/msilo.so" | sed -nE 's/^ *Build ID: ([0-9a-f]+)$/\1/p')
    [ -n "$id" ] || fail "the module has no build id, by which its symbols are found"
    install -d -m 0755 "$tree/DEBIAN" "$tree/usr/lib/debug/.build-id/${id:0:2}" "$tree/usr/share/doc"
    install -m 0644 "$work/msilo.so.debug" "$tree/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
    ln -s "$name" "$tree/usr/share/doc/$name-dbgsym"
    cat >"$tree/DEBIAN/control" <<CONTROL
Package: $name-dbgsym
Version: $full
Auto-Built-Package: debug-symbols
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(size "$tree")
Depends: $name (= $full)
Section: debug
Priority: optional
Description: debugging symbols of $name
 With them gdb shows functions and lines of msilo.so in a core dump.
Build-Ids: $id
CONTROL
}

# libraries MODULE: the packages of the libraries it needs, by the newest version of a symbol of the C library.
libraries() {
    local glibc
    glibc=$(objdump -T "$1" | grep -oE 'GLIBC_[0-9.]+' | sort -V | tail -n 1)
    printf 'libc6 (>= %s), libgcc-s1 (>= 4.2)' "${glibc#GLIBC_}"
}

# size TREE: in KiB, as the file system of no machine in particular has it.
size() {
    find "$1" -path "$1/DEBIAN" -prune -o -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }'
}

# copyright: ours, and that of the crates that are compiled into the module.
copyright() {
    local crates
    crates=$(cd "$root" && "${CARGO:-cargo}" tree --quiet --locked --edges normal --prefix none --format '{p} ({l})' |
        sed -nE '/^msilo v/d; s/^([^ ]+) v([^ ]+) \((.*)\)$/ \1 \2: \3/p' | LC_ALL=C sort -u)
    [ -n "$crates" ] || fail "cargo tree does not say what is compiled into the module"
    while IFS= read -r line; do
        if [ "$line" = "@CRATES@" ]; then printf '%s\n' "$crates"; else printf '%s\n' "$line"; fi
    done <"$packages/debian/copyright"
}

# changelog VERSION: one entry of the form that Debian wants; what has changed stands in CHANGELOG.md.
changelog() {
    printf '%s (%s) unstable; urgency=medium\n\n' "$name" "$1"
    printf '  * msilo.so %s: what has changed is in CHANGELOG.md, beside this file.\n\n' "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

# finish TREE PACKAGE VERSION: the checksums, one time for all files, and the package.
finish() {
    local tree=$1 file=$out/$2_$3_$(dpkg --print-architecture).deb
    (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' md5sum >DEBIAN/md5sums)
    chmod 0644 "$tree/DEBIAN/control" "$tree/DEBIAN/md5sums"
    chmod -R go-w,a+rX "$tree"
    find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    mkdir -p "$out"
    dpkg-deb --root-owner-group -Zxz -z6 --threads-max=1 --build "$tree" "$file.new" >/dev/null 2>&1 ||
        dpkg-deb --root-owner-group -Zxz -z6 --build "$tree" "$file.new" >/dev/null
    mv -f "$file.new" "$file"
    say "$(short "$file"): $(($(stat -c %s "$file") / 1024)) KiB"
}

for_installed() {
    local modules built
    "$root/kamailio-headers/setup.sh"
    "$root/kamailio-headers/fetch.sh"
    modules=$(readlink -f "$(modules_dir)")
    dpkg -S "$modules/tm.so" >/dev/null 2>&1 ||
        fail "no package owns the server in $modules, so none can replace a part of it" "use: make tarball"
    say "building for $(server_string "$modules"), which takes a minute or two"
    built=$(build_module "$(server_number "$modules")")
    package "$modules" "$modules" "$built"
}

for_release() {
    local release=$1 server built
    . "$root/tests/matrix/common.sh"
    engine || fail "no Docker Engine answers: packages of other releases than the installed one are built from their images" \
        "for the installed server: make deb"
    prepare "$release"
    server=$(place "$release")/server
    say "building for $(server_string "$server/modules"), of $release, which takes a minute or two"
    built=$(KAMAILIO_MODULES=$server/modules KAMAILIO_SRC=$server build_module "$(server_number "$server/modules")")
    package "$(cat "$server/libdir")/modules" "$server/modules" "$built"
}

if [ $# -eq 0 ]; then
    for_installed
else
    for release in "$@"; do
        (for_release "$release")
    done
fi
