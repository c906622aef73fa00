#!/usr/bin/env bash
# cargo.sh ARGUMENTS: cargo, building for the server in the image of the oldest release; where no Docker Engine answers,
# or KAMAILIO_SRC or KAMAILIO_MODULES is set, for the server of this machine.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$root"
if on_this_machine; then
    "$root/kamailio-headers/setup.sh"
    "$root/kamailio-headers/fetch.sh"
    exec "${CARGO:-cargo}" "$@"
fi
release=$(build_release "${releases[0]}")
prepare "$release"
cargo_for "$release" "$@"
