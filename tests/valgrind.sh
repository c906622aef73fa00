#!/usr/bin/env bash
# Runs a part of the compliance suite with the server under valgrind, and shows the errors that our module has a part in.
#
#   tests/valgrind.sh                       what stores, delivers, reminds, notifies, and is hostile
#   tests/valgrind.sh storing:: hostile::   the tests whose paths hold one of these
#   tests/valgrind.sh ''                    the whole suite, in a quarter of an hour
#
# Everything under valgrind is about thirty times slower, so a test that measures time may fail: that is said, and is no
# error of memory. The exit status is that of valgrind's findings.
#
# The server's own memory pools hide what happens inside of them; what the module has on Rust's heap and on its stacks,
# and all it reads of what a peer sent, is watched.
#
# Valgrind notes for each process by itself which bytes of shared memory have a value: an undefined value that one has
# written there stays undefined to it, whatever another process writes there later.
set -euo pipefail

case ${1:-} in
-h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit ;;
esac
command -v valgrind >/dev/null || { echo "valgrind is missing: install the package valgrind" >&2; exit 1; }
. "$(dirname "${BASH_SOURCE[0]}")/../kamailio-headers/server.sh"
server_programs
server=$(command -v "${KAMAILIO:-kamailio}") || { echo "there is no ${KAMAILIO:-kamailio}: set KAMAILIO" >&2; exit 1; }

cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/logs"

# The server forks without exec, so valgrind sees all of its processes.
cat >"$work/kamailio" <<SCRIPT
#!/bin/sh
[ "\$1" != -v ] || exec "$server" "\$@"
exec valgrind --quiet --leak-check=no --num-callers=40 --error-limit=no --vgdb=no \\
    --log-file="$work/logs/%p" "$server" "\$@"
SCRIPT
chmod +x "$work/kamailio"

[ $# -gt 0 ] || set -- config::columns:: delivering::deliver:: delivering::headers:: delivering::notify:: \
    delivering::order:: delivering::reminder:: delivering::tcp:: delivering::undelivered:: fixed::body fixed::content \
    life::hostile:: storing::failure_route:: storing::store:: storing::store_refused::

echo 'valgrind: building the tests'
cargo test --test compliance --no-run 2>"$work/build" || { cat "$work/build" >&2; exit 1; }
tests=$(sed -n 's/^ *Executable .*(\(.*\))$/\1/p' "$work/build")
echo "valgrind: running $*"
KAMAILIO=$work/kamailio "$tests" --test-threads "${JOBS:-2}" "$@" >"$work/tests" 2>&1 || true
sed -n 's/^test result: //p' "$work/tests"
grep -aE '^    [a-z_0-9]+::' "$work/tests" | sort -u | sed 's/^ */failed, perhaps because it was slow: /' || true

processes=$(find "$work/logs" -type f | wc -l)
[ "$processes" -gt 0 ] || { echo 'valgrind: no server was started' >&2; tail -20 "$work/tests" >&2; exit 1; }

# An error is a block of lines with the number of its process; blocks are parted by lines without text.
find "$work/logs" -type f -exec cat {} + | sed 's/^==[0-9]*== \{0,1\}//' |
    awk 'BEGIN { RS = ""; ORS = "\n\n" } /msilo\.so/ { if (!seen[$0]++) print }' >"$work/ours"
all=$(find "$work/logs" -type f -exec cat {} + | grep -acE '^==[0-9]+==    at ' || true)
ours=$(grep -acE '^ *at ' "$work/ours" || true)
echo "valgrind: $processes processes watched, $all stacks of errors, $ours with msilo.so in them"
[ "$ours" -eq 0 ] || { cat "$work/ours"; exit 1; }
