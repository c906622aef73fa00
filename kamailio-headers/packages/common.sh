#!/usr/bin/env bash
# Sourced by deb.sh and tarball.sh: the version, and a build that is the same wherever and whenever it is made.

packages=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$packages/../.." && pwd)
. "$root/kamailio-headers/server.sh"

# The module's own version, as in Cargo.toml.
version=$(sed -nE 's/^version = "([^"]+)"$/\1/p' "$root/Cargo.toml" | head -n 1)
out=$root/target/packages

# The time that everything in a package bears: that of the last commit, or of the change log where there is no git.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null ||
    stat -c %Y "$root/CHANGELOG.md")}

say() { printf 'msilo: %s\n' "$*"; }

# short PATH: as somebody in the repository would write it.
short() { printf '%s\n' "${1#"$root/"}"; }

# build_module NUMBER: prints the path of a module with its debugging symbols, for the server of this version that
# KAMAILIO_MODULES and KAMAILIO_SRC name, or the installed one. No path of this machine is in it. What is the same for all
# servers is compiled once; two that are built at the same time wait for each other.
build_module() {
    local target=$out/cargo built=$out/cargo/built-$1.so home=${CARGO_HOME:-$HOME/.cargo} here=/usr/src/msilo flags=() separator=$'\x1f'
    flags=("--remap-path-prefix=$home=/usr/src/cargo" "--remap-path-prefix=$root=$here" -C link-arg=-Wl,--build-id=sha1)
    local maps="-ffile-prefix-map=$root=$here"
    if [ -n "${KAMAILIO_SRC:-}" ]; then
        maps+=" -ffile-prefix-map=$(cd "$KAMAILIO_SRC" && pwd)=/usr/src/kamailio"
    fi
    mkdir -p "$target"
    exec 8>"$target/one-at-a-time"
    flock 8
    # The server's library is found from where the module lies, wherever that is.
    # shellcheck disable=SC2016  # for the dynamic linker
    (cd "$root" && env KAMAILIO_RPATH='$ORIGIN/..' CARGO_TARGET_DIR="$target" CARGO_INCREMENTAL=0 \
        CARGO_PROFILE_RELEASE_DEBUG=full CARGO_PROFILE_RELEASE_STRIP=none \
        CARGO_ENCODED_RUSTFLAGS="$(IFS=$separator && printf '%s' "${flags[*]}")" CFLAGS="$maps" \
        "${CARGO:-cargo}" rustc --quiet --locked --release --lib --crate-type cdylib) >&2 8>&- || return 1
    cp "$target/release/libmsilo.so" "$built"
    exec 8>&-
    printf '%s\n' "$built"
}

# split_symbols BUILT MODULE SYMBOLS: the module as it is installed, and its symbols in a file of their own.
split_symbols() {
    objcopy --only-keep-debug --compress-debug-sections "$1" "$3"
    strip --strip-unneeded --remove-section=.comment -o "$2" "$1"
    objcopy --add-gnu-debuglink="$3" "$2"
    chmod 0644 "$2" "$3"
}

# copy_docs DIRECTORY: what there is to read, with its links working.
copy_docs() {
    install -d -m 0755 "$1/docs" "$1/examples"
    install -m 0644 "$root/README.md" "$root/CHANGELOG.md" "$root/SECURITY.md" "$1"
    install -m 0644 "$root"/docs/*.md "$1/docs"
    install -m 0644 "$root"/examples/*.cfg "$root/examples/README.md" "$1/examples"
}
