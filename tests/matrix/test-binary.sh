#!/usr/bin/env bash
# test-binary.sh [RELEASE]: builds the compliance suite and prints the path of its executable, which is the same for
# every cell: next to which server it was built does not matter to it. Without RELEASE, next to the one of this machine.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

arguments=(test --quiet --locked --no-run --test compliance --message-format=json-render-diagnostics)
if [ $# -eq 1 ]; then
    release=$(build_release "$1")
    prepare "$release" >&2
    messages=$(cargo_for "$release" "${arguments[@]}")
else
    messages=$(cd "$root" && "${CARGO:-cargo}" "${arguments[@]}")
fi
binary=$(sed -nE 's/.*"name":"compliance".*"executable":"([^"]+)".*/\1/p' <<<"$messages" | tail -n 1)
[ -x "$binary" ] || fail "cargo built no executable for tests/compliance"
printf '%s\n' "$binary"
