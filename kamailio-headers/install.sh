#!/usr/bin/env bash
# install.sh MODULE: puts our module in place of the server's own msilo.so, and its manual page beside the server's.
# install.sh --undo: puts the server's own back, and removes the page.
#
# Where a package owns the file, dpkg-divert moves it aside, so that an update of the package does not overwrite
# ours; elsewhere it is renamed. Both keep it as msilo.so.kamailio next to ours.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/server.sh"

# What a person types: make, or an archive's own install.sh (packages/tarball.sh).
install="make install" undo="make uninstall" build="run: make build"
if [ -n "${MSILO_ARCHIVE:-}" ]; then
    install=$MSILO_ARCHIVE undo="$MSILO_ARCHIVE --undo" build="take the archive for this server, or build it from the sources"
fi

[ $# -eq 1 ] || fail "usage: install.sh MODULE | install.sh --undo"
modules=$(modules_dir) || fail "no Kamailio server is installed"
modules=$(readlink -f "$modules")
target=$modules/msilo.so
original=$target.kamailio
mark=$target.replaced # says that the file in place is ours
# Below the prefix of the modules: /usr/lib/x86_64-linux-gnu/kamailio/modules, /opt/kamailio/lib64/kamailio/modules.
page=${modules%/lib*/kamailio/modules}/share/man/man7/msilo.7.gz
[ -w "$modules" ] || fail "$modules cannot be written" "run it as root: sudo $install, or sudo $undo"

owned_by_dpkg() { command -v dpkg >/dev/null && dpkg -S "$target" >/dev/null 2>&1; }
diverted() { command -v dpkg-divert >/dev/null && [ "$(dpkg-divert --truename "$target")" = "$original" ]; }

undo() {
    [ -e "$mark" ] || fail "msilo is not installed in $modules"
    rm -f "$target"
    if diverted; then
        dpkg-divert --local --rename --divert "$original" --remove "$target" >/dev/null
    elif [ -e "$original" ]; then
        mv "$original" "$target"
    fi
    rm -f "$mark" "$page"
    printf 'msilo: removed from %s; the module there is as it was before\n' "$modules"
}

# A server without a place for manual pages works as well.
install_page() {
    if [ "$page" != "$modules/share/man/man7/msilo.7.gz" ] && install -d -m 0755 "${page%/*}" 2>/dev/null &&
        gzip -9nc "$here/../docs/msilo.7" >"$page.new"; then
        chmod 0644 "$page.new"
        mv -f "$page.new" "$page"
        printf 'msilo: its manual page: man 7 msilo\n'
    else
        printf 'msilo: the manual page could not be installed; read it with: man -l docs/msilo.7\n'
    fi
}

# fits WHAT OURS THEIRS: the server loads a module only if both strings are its own.
fits() {
    [ -n "$3" ] && [ "$2" = "$3" ] || fail "the module was built for another server than the one in $modules" \
        "the module's $1: ${2:-none found}" "the server's $1: $3" "$build"
}

install_module() {
    local module=$1
    [ -f "$module" ] || fail "$module is not built" "$build"
    fits version "$(version_of "$module")" "$(server_string "$modules")"
    fits "compile flags" "$(flags_of "$module")" "$(server_flags "$modules")"
    if [ ! -e "$mark" ]; then
        if owned_by_dpkg; then
            dpkg-divert --local --rename --divert "$original" --add "$target" >/dev/null
        elif [ -e "$target" ]; then
            mv "$target" "$original"
        fi
    fi
    printf 'This msilo.so is not the one Kamailio came with; that one is msilo.so.kamailio.\n' >"$mark"
    # A new file under the name, never written into: a running server may have the old one mapped.
    install -m 0644 "$module" "$target.new"
    mv -f "$target.new" "$target"
    printf 'msilo: installed as %s\n' "$target"
    install_page
    printf 'msilo: restart Kamailio to load it; %s puts its own back\n' "$undo"
}

# A package's file is the package's business.
owner=$(command -v dpkg-divert >/dev/null && dpkg-divert --listpackage "$target") || true
[ -z "$owner" ] || [ "$owner" = LOCAL ] ||
    fail "the package $owner has put its msilo.so in place of the server's" "to remove it, as root: apt remove $owner"

case $1 in
--undo) undo ;;
*) install_module "$1" ;;
esac
