#!/usr/bin/env bash
# Looks for what a build needs beyond Rust, says what is missing and why, and installs it by apt.
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
    local found
    shopt -s nullglob
    found=(${LIBCLANG_PATH:+"$LIBCLANG_PATH"/libclang*.so*} /usr/lib/llvm-*/lib/libclang[.-]*so* /usr/lib/*/libclang[.-]*so*
        /usr/lib/libclang[.-]*so* /usr/lib64/libclang[.-]*so* /usr/lib64/llvm*/lib*/libclang[.-]*so*
        /usr/local/lib/libclang[.-]*so*)
    [ ${#found[@]} -gt 0 ]
}

has_c_compiler() {
    local compiler=${CC:-cc}
    command -v "${compiler%% *}" >/dev/null && printf '#include <stdlib.h>\n' | $compiler -E - >/dev/null 2>&1
}

command -v cargo >/dev/null || fail "cargo is missing: msilo is written in Rust" \
    "install Rust 1.82 or later, and make sure that cargo is in PATH"

modules_dir >/dev/null || need "kamailio" "the server, for whose exact version and compile flags the module is built"
has_c_compiler || need "gcc libc6-dev" "a C compiler and the C library's headers, for the macros of Kamailio's API (include/shim.c)"
has_libclang || need "libclang-dev" "libclang, with which bindgen reads Kamailio's headers"
if [ -z "${KAMAILIO_SRC:-}" ] && ! command -v dpkg-source >/dev/null; then
    need "dpkg-dev" "unpacks the source package with the server's headers (not needed with KAMAILIO_SRC)"
fi

[ ${#packages[@]} -gt 0 ] || exit 0

printf 'msilo: the build needs what is not installed:\n'
printf '  %s\n' "${reasons[@]}"
command -v apt-get >/dev/null || fail "there is no apt here to install it with" \
    "install with your system's package manager what stands above, then run \`make build\` again"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "installing needs root, and there is no sudo here" \
        "as root: apt-get install ${packages[*]}"
    as_root=(sudo)
fi
printf 'msilo: installing by apt: %s\n' "${packages[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}"
