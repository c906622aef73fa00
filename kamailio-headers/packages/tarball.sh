#!/usr/bin/env bash
# tarball.sh: packs the module for the installed server, or the one that KAMAILIO_MODULES names, with a script that
# installs it and all documents, as target/packages/msilo-VERSION-kamailio-VERSION-CPU.tar.gz.
# tarball.sh RELEASE...: the same for the servers of these releases of the matrix.
#
# For a machine whose server is no Debian package. It has the server's version and compile flags in it, and install.sh
# compares both.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# pack SERVER BUILT: SERVER is the directory with that server's tm.so.
pack() {
    local server=$1 built=$2 number cpu title work tree
    number=$(server_number "$server")
    cpu=$(server_string "$server" | sed -E 's/.*\(([^/]+)\/.*/\1/')
    title=msilo-$version-kamailio-$number-$cpu
    work=$(mktemp -d)
    # shellcheck disable=SC2064  # the directory of now
    trap "rm -rf '$work'" EXIT
    tree=$work/$title
    mkdir -p "$tree/scripts" "$out"
    split_symbols "$built" "$tree/msilo.so" "$tree/msilo.so.debug"
    copy_docs "$tree"
    install -m 0644 "$root/LICENSE" "$tree"
    install -m 0644 "$root/docs/msilo.7" "$tree/docs"
    install -m 0755 "$root/kamailio-headers/install.sh" "$tree/scripts"
    install -m 0644 "$root/kamailio-headers/server.sh" "$tree/scripts"
    install -m 0755 "$packages/archive-install.sh" "$tree/install.sh"
    sed -e "s|@SERVER@|$(server_string "$server")|" -e "s|@FLAGS@|$(flags_of "$built")|" -e "s|@VERSION@|$version|" \
        "$packages/archive-INSTALL" >"$tree/INSTALL"
    chmod -R u=rwX,go=rX "$tree"
    LC_ALL=C tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
        -cf - "$title" | gzip -9n >"$out/$title.tar.gz.new"
    mv -f "$out/$title.tar.gz.new" "$out/$title.tar.gz"
    say "$(short "$out/$title.tar.gz"): $(($(stat -c %s "$out/$title.tar.gz") / 1024)) KiB"
    rm -rf "$work"
    trap - EXIT
}

for_installed() {
    local modules
    "$root/kamailio-headers/setup.sh"
    "$root/kamailio-headers/fetch.sh"
    modules=$(readlink -f "$(modules_dir)")
    say "building for $(server_string "$modules"), which takes a minute or two"
    pack "$modules" "$(build_module "$(server_number "$modules")")"
}

for_release() {
    . "$root/tests/matrix/common.sh"
    engine || fail "no Docker Engine answers: archives for other servers than the installed one are built from their images" \
        "for the installed server: make tarball"
    prepare "$1"
    local server
    server=$(place "$1")/server
    pack "$server/modules" \
        "$(KAMAILIO_MODULES=$server/modules KAMAILIO_SRC=$server build_module "$(server_number "$server/modules")")"
}

if [ $# -eq 0 ]; then
    for_installed
else
    for release; do
        (for_release "$release")
    done
fi
