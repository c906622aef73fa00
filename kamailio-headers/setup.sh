#!/usr/bin/env bash
# Looks for what a build needs beyond Rust, says what is missing and why, and installs it by apt. With --run also
# what a server with SQLite needs (`make demo`, `make run`), with --bench MariaDB and PostgreSQL too (`make bench`), with
# --bench-instructions valgrind as well, with --valgrind only that.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/server.sh"

packages=()
reasons=()
need() { # PACKAGES REASON
    local list
    read -ra list <<<"$1"
    packages+=("${list[@]}")
    reasons+=("$1: $2")
}

has_libclang() {
    local found file
    shopt -s nullglob
    found=(${LIBCLANG_PATH:+"$LIBCLANG_PATH"/libclang*.so*} /usr/lib/llvm-*/lib/libclang[.-]*so* /usr/lib/*/libclang[.-]*so*
        /usr/lib/libclang[.-]*so* /usr/lib64/libclang[.-]*so* /usr/lib64/llvm*/lib*/libclang[.-]*so*
        /usr/local/lib/libclang[.-]*so*)
    # libclang-cpp.so is another library, of LLVM's own C++ interface.
    for file in "${found[@]}"; do
        [[ ${file##*/} = libclang-cpp.* ]] || return 0
    done
    return 1
}

has_c_compiler() {
    local compiler=${CC:-cc}
    command -v "${compiler%% *}" >/dev/null && printf '#include <stdlib.h>\n' | $compiler -E - >/dev/null 2>&1
}

command -v cargo >/dev/null || fail "cargo is missing: msilo is written in Rust" \
    "install Rust 1.89 or later, and make sure that cargo is in PATH"

# Whether apt has to install the server, or can add to it: not to one that was built by hand.
by_apt() { [ -z "$modules" ] || { command -v dpkg >/dev/null && dpkg -S "$(readlink -f "$modules/tm.so")" >/dev/null 2>&1; }; }

service=""
if [ -d /run/systemd/system ]; then
    service="; its package starts it as a service on port 5060 (systemctl disable --now kamailio ends that)"
fi
modules=$(modules_dir) || need "kamailio" "the server, for whose exact version and compile flags the module is built$service"
has_c_compiler || need "gcc libc6-dev" "a C compiler and the C library's headers, for the macros of Kamailio's API (include/shim.c)"
has_libclang || need "libclang-dev" "libclang, with which bindgen reads Kamailio's headers"
if [ -z "${KAMAILIO_SRC:-}" ] && ! command -v dpkg-source >/dev/null; then
    need "dpkg-dev" "unpacks the source package with the server's headers (not needed with KAMAILIO_SRC)"
fi
if [[ "${1:-}" = --run || "${1:-}" = --bench* ]]; then
    if [ -z "$modules" ] || [ ! -f "$modules/db_sqlite.so" ]; then
        by_apt || fail "$modules/db_sqlite.so is missing, with which the server stores in SQLite" \
            "build that server with its module db_sqlite"
        need "kamailio-sqlite-modules" "with which the server stores in SQLite, and the SQL that makes its tables"
    fi
    command -v sqlite3 >/dev/null || need "sqlite3" "makes the database file, and shows what is in it"
fi
if [[ "${1:-}" = --bench* ]]; then
    if [ -z "$modules" ] || [ ! -f "$modules/db_mysql.so" ]; then
        by_apt || fail "$modules/db_mysql.so is missing, with which the server stores in MariaDB" \
            "build that server with its module db_mysql"
        need "kamailio-mysql-modules" "with which the server stores in MariaDB, and the SQL that makes its tables"
    fi
    if ! { command -v mariadbd && command -v mariadb-install-db && command -v mariadb; } >/dev/null; then
        need "mariadb-server" "the database that is measured beside SQLite, in a directory of its own"
    fi
    if [ -z "$modules" ] || [ ! -f "$modules/db_postgres.so" ]; then
        by_apt || fail "$modules/db_postgres.so is missing, with which the server stores in PostgreSQL" \
            "build that server with its module db_postgres"
        need "kamailio-postgres-modules" "with which the server stores in PostgreSQL, and the SQL that makes its tables"
    fi
    if ! compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null; then
        need "postgresql" "with which m_store_async() is measured, too, in a directory of its own"
    fi
fi
if [[ "${1:-}" = --bench-instructions || "${1:-}" = --valgrind ]]; then
    command -v valgrind >/dev/null || need "valgrind" "which watches memory and counts instructions"
fi

[ ${#packages[@]} -gt 0 ] || exit 0

printf 'msilo: needed, and not installed yet:\n'
printf '  %s\n' "${reasons[@]}"
command -v apt-get >/dev/null || fail "there is no apt here to install it with" \
    "install with your system's package manager what stands above, then run make again"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "installing needs root, and there is no sudo here" \
        "as root: apt-get install ${packages[*]}"
    as_root=(sudo)
fi
printf 'msilo: installing by apt, which takes a minute or two: %s\n' "${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "${as_root[@]}" apt-get update -qq >"$log" 2>&1 ||
    ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${packages[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt could not install that; its last words stand above"
fi
