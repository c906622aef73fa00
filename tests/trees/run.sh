#!/usr/bin/env bash
# run.sh NAME ours|theirs[-DATABASE] [ARGUMENTS]: runs the compliance tests on this machine, with the server that build.sh
# has built from KAMAILIO_TREES/NAME. ARGUMENTS are the same as those of tests/matrix/run.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../matrix/common.sh"
. "$root/tests/trees/trees.sh"

[ $# -ge 2 ] || fail "usage: run.sh NAME ours|theirs[-DATABASE] [ARGUMENTS OF THE TEST EXECUTABLE]"
place=$(tree_place "$1")
KAMAILIO_MODULES=$(tree_modules "$1")
shift
export KAMAILIO_MODULES KAMAILIO_SRC=$place/source MSILO_MODULE_DIR=$place/modules-ours
exec "$matrix/run-here.sh" "$@"
