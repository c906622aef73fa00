#!/usr/bin/env bash
# run.sh NAME ours|theirs[-DATABASE] [ARGUMENTS]: runs the compliance tests on this machine, with the server that build.sh
# has built from KAMAILIO_TREES/NAME. ARGUMENTS are the same as those of tests/matrix/run.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../matrix/common.sh"
. "$root/tests/trees/trees.sh"

[ $# -ge 2 ] || fail "usage: run.sh NAME ours|theirs[-DATABASE] [ARGUMENTS OF THE TEST EXECUTABLE]"
place=$(tree_place "$1") module=${2%%-*} database=sqlite
[ "$module" = "$2" ] || database=${2#*-}
KAMAILIO_MODULES=$(tree_modules "$1")
prefix=$place/prefix
shift 2
export KAMAILIO_MODULES KAMAILIO_SRC=$place/source KAMAILIO=$prefix/sbin/kamailio KAMCMD=$prefix/sbin/kamcmd \
    KAMAILIO_SQL=$prefix/share/kamailio/db_sqlite
binary=${MSILO_BINARY:-$("$matrix/test-binary.sh")}
cd "$root"
RUST_TEST_THREADS=${RUST_TEST_THREADS:-$test_threads} MSILO_UNDER_TEST=$module MSILO_DB=$database \
    MSILO_MODULE_DIR=$place/modules-ours exec timeout --kill-after 10 "$cell_seconds" "$binary" "$@"
