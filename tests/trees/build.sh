#!/usr/bin/env bash
# build.sh NAME: builds the server of the source tree KAMAILIO_TREES/NAME, with the modules that the tests load, and our
# module for it, below target/trees/NAME. The tree itself stays as it is. Instant where all is there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../matrix/common.sh"
. "$root/tests/trees/trees.sh"

[ $# -eq 1 ] && [ -n "${KAMAILIO_TREES:-}" ] || fail "usage: KAMAILIO_TREES=directory build.sh NAME"
tree=$(cd "$KAMAILIO_TREES/$1" && pwd) place=$(tree_place "$1") modules=$(tree_modules "$1")
prefix=$place/prefix source=$place/source log=$place/build.log

# wanted required|optional: the modules that can be built here, those without which there is no testing or the others.
wanted() {
    local first rest
    while read -r first rest; do
        case $first in
        '?/'*) [ "$1" = required ] || [ ! -f "${first#\?}" ] || printf '%s\n' "$rest" ;;
        '?'*) [ "$1" = required ] || ! command -v "${first#\?}" >/dev/null || printf '%s\n' "$rest" ;;
        *) [ "$1" = optional ] || printf '%s\n' "$first $rest" ;;
        esac
    done < <(sed 's/#.*//' "$trees/modules") | tr ' ' '\n' | sed '/^$/d; s|^|modules/|' |
        while read -r module; do [ ! -d "$tree/src/$module" ] || printf '%s ' "$module"; done
}

build_server() {
    local required=$1 optional=$2 module database
    rm -rf "$source" "$prefix"
    mkdir -p "$source" "$prefix/share/kamailio"
    tar -C "$tree" --exclude=./.git -cf - . | tar -C "$source" -xf -
    make -C "$source/src" cfg prefix="$prefix" >/dev/null
    make -C "$source/src" -j "$(nproc)" kamailio
    make -C "$source/src" -j "$(nproc)" modules modules="$required"
    make -C "$source/src" install-bin
    make -C "$source/src" install-modules modules="$required"
    # An old server's may not agree with a new library.
    for module in $optional; do
        if make -C "$source/src" -j "$(nproc)" modules modules="$module" && [ -f "$source/src/$module/${module##*/}.so" ]; then
            make -C "$source/src" install-modules modules="$module"
        else
            printf 'LEFT OUT: %s cannot be built here\n' "$module"
        fi
    done
    for database in db_sqlite mysql postgres dbtext; do
        cp -r "$source/utils/kamctl/$database" "$prefix/share/kamailio/"
    done
}

missing=()
for program in flex bison; do
    command -v "$program" >/dev/null || missing+=("$program")
done
[ -f /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
[ -f /usr/include/openssl/ssl.h ] || missing+=(libssl-dev)
[ -f /usr/include/unistr.h ] || missing+=(libunistring-dev)
[ -f /usr/include/lua5.1/lua.h ] || missing+=(liblua5.1-0-dev)
command -v pkg-config >/dev/null || missing+=(pkg-config)
command -v mariadb_config >/dev/null || missing+=(libmariadb-dev)
command -v pg_config >/dev/null || missing+=(libpq-dev)
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
"$root/kamailio-headers/setup.sh"

# What it is built from: every file of the tree, and the list of modules.
required=$(wanted required) optional=$(wanted optional)
stamp=$({ printf '%s\n' "$required" "$optional" && cd "$tree" && find . -path ./.git -prune -o -type f -printf '%p %s %T@\n' | sort; } | sha256sum)
mkdir -p "$place"
if [ "$(cat "$place/stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -f "$place/stamp"
    say "building the server of $tree, which takes some minutes; the log is ${log#"$root/"}"
    # Not before `||`, where a command that fails would end nothing.
    (build_server "$required" "$optional") >"$log" 2>&1 &
    wait $! || {
        tail -n 30 "$log" >&2
        exit 1
    }
    printf '%s\n' "$stamp" >"$place/stamp"
    ! grep '^LEFT OUT: ' "$log" || true
fi
KAMAILIO_SRC=$source KAMAILIO_MODULES=$modules CARGO_TARGET_DIR=$place/cargo \
    "${CARGO:-cargo}" build --quiet --locked --release --lib
install -D -m 0644 "$place/cargo/release/libmsilo.so" "$place/modules-ours/msilo.so"
say "$1: $(server_string "$modules"), and our module for it"
