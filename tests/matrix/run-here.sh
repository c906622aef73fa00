#!/usr/bin/env bash
# run-here.sh ours|theirs[-DATABASE] [ARGUMENTS]: runs the compliance tests against the server of this machine: the installed one,
# or with KAMAILIO_MODULES and KAMAILIO_SRC one compiled by hand. ARGUMENTS are the same as run.sh's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -ge 1 ] || fail "usage: run-here.sh ours|theirs [ARGUMENTS OF THE TEST EXECUTABLE]"
read_cell "$1"
shift
modules=$(modules_dir) || fail "no Kamailio server is installed" "tests/matrix/setup.sh installs it"
[ "$module" != theirs ] || [ -f "$modules/msilo.so" ] || fail "the server in $modules has no msilo.so of its own"

server_programs
binary=${MSILO_BINARY:-$("$matrix/test-binary.sh")}
cd "$root"
RUST_TEST_THREADS=${RUST_TEST_THREADS:-$test_threads} MSILO_UNDER_TEST=$module MSILO_DB=$database MSILO_TEST_DELIVER_TO=$deliver_to \
    MSILO_MODULE_DIR=${MSILO_MODULE_DIR:-$root/target/modules} exec \
    timeout --kill-after 10 "$cell_seconds" "$binary" "$@"
