#!/usr/bin/env bash
# build-module.sh RELEASE: builds msilo.so for the server in the release's image, as target/matrix/RELEASE/modules-ours/msilo.so.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -eq 1 ] || fail "usage: build-module.sh RELEASE"
release=$1 place=$(place "$1")
prepare "$release"

# build.rs makes the module look for the database library of 5.6 where it found it; in the container it is elsewhere.
cargo_for "$release" rustc --quiet --locked --release --lib --crate-type cdylib -- \
    -C "link-arg=-Wl,-rpath,$(cat "$place/server/libdir")"

built=$place/cargo/release/libmsilo.so module=$place/modules-ours/msilo.so
if ! cmp -s "$built" "$module"; then
    install -D -m 0644 "$built" "$module"
    say "${module#"$root/"} is built, for $(server_string "$place/server/modules")"
fi
