#!/usr/bin/env bash
# run.sh RELEASE ours|theirs[-DATABASE] [ARGUMENTS]: runs one cell of the matrix, the compliance tests in a container with that
# release's Kamailio and one of the two modules. ARGUMENTS go to the test executable: a part of a test's name,
# --exact, --nocapture. The variables MSILO_TEST_* and RUST_BACKTRACE reach the tests.
#
# Everything is copied into the container, under the path it has here; nothing of this machine is mounted, and the
# container has no network but its own loopback.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -ge 2 ] || fail "usage: run.sh RELEASE ours|theirs [ARGUMENTS OF THE TEST EXECUTABLE]"
release=$1 cell=$2
read_cell "$cell"
shift 2
scratch=/run/msilo

case $module in
ours) modules=("$(place "$release")/modules-ours/msilo.so") ;;
theirs) modules=() ;; # the one of the image
*) fail "the module under test is 'ours' or 'theirs', not '$module'" ;;
esac
binary=${MSILO_BINARY:-}
if [ -z "$binary" ]; then # else matrix.sh has built everything
    "$matrix/image.sh" "$release"
    [ "$module" = theirs ] || "$matrix/build-module.sh" "$release"
    binary=$("$matrix/test-binary.sh" "$release")
fi

options=(--init --network none --user tester --workdir "$root" --cap-drop ALL --security-opt no-new-privileges
    --memory 3g --pids-limit 4096 --label msilo.matrix=cell
    --env "MSILO_UNDER_TEST=$module" --env "MSILO_DB=$database" --env "MSILO_TEST_DELIVER_TO=$deliver_to"
    --env "MSILO_MODULE_DIR=$(place "$release")/modules-ours" --env HOME=/home/tester
    --env "RUST_TEST_THREADS=${RUST_TEST_THREADS:-$test_threads}"
    --env MSILO_TEST_SKIP_NOTHING=1) # all that the tests need is in the image
if [ -n "${MSILO_TEST_KEEP:-}" ]; then
    scratch=/tmp # in the container's own file system, where it can be fetched from
else
    options+=(--tmpfs "$scratch:rw,exec,nosuid,mode=1777,size=2g")
fi
options+=(--env "TMPDIR=$scratch")
for variable in "${!MSILO_TEST_@}" "${!RUST_BACKTRACE@}"; do
    options+=(--env "$variable")
done

# What a test may read of the repository (not what was built, fetched or found by fuzzing), the executable and the
# module; and all directories above them, so that the user of the tests can read them whatever their modes are here.
files() {
    local directory=$root
    while [ "$directory" != / ]; do
        printf '%s\0' "$directory"
        directory=$(dirname "$directory")
    done
    find "$root" -mindepth 1 \( -name target -o -name fuzz -o -path "$root/.git" -o -path "$root/kamailio-headers/[0-9]*" \) \
        -prune -o -print0
    printf '%s\0' "$binary" "${modules[@]}"
}

container=""
trap '[ -z "$container" ] || docker rm -f -v "$container" >/dev/null 2>&1 || true' EXIT
trap 'exit 130' INT TERM HUP

container=$(docker create "${options[@]}" "$(image "$release")" \
    timeout --kill-after 10 "$cell_seconds" "$binary" "$@")
files | tar --no-recursion --ignore-failed-read --owner=0 --group=0 --mode=a+rX,go-w -P --transform 's,^/,,' --null -T - -cf - |
    docker cp - "$container:/" >/dev/null

# In the background, so that an interrupt is not kept waiting until the tests end.
docker start --attach "$container" &
status=0
wait $! || status=$?
if [ -n "${MSILO_TEST_KEEP:-}" ]; then
    kept=$(place "$release")/kept-$cell
    rm -rf "$kept"
    docker cp "$container:$scratch" "$kept" >/dev/null
    say "the directories of the servers are in ${kept#"$root/"}"
fi
exit "$status"
