#!/usr/bin/env bash
# Sourced by matrix.sh: the servers that are built from source trees below KAMAILIO_TREES, each a row of its table.

trees=$root/tests/trees

# The names of the directories below KAMAILIO_TREES that hold sources of Kamailio.
tree_names() {
    local directory
    [ -n "${KAMAILIO_TREES:-}" ] || return 0
    for directory in "$KAMAILIO_TREES"/*/; do
        [ ! -f "$directory/src/core/ver_defs.h" ] || basename "$directory"
    done
}

tree_place() { printf '%s/target/trees/%s\n' "$root" "$1"; }
tree_modules() { printf '%s/prefix/lib64/kamailio/modules\n' "$(tree_place "$1")"; }

# prepare_trees MODULES...: builds each server and our module for it, and adds its cells. One that cannot be built is a
# failure, for somebody has put it there to be tested.
prepare_trees() {
    local name module database names databases_wanted=("${databases[@]}") databases
    mapfile -t names < <(tree_names)
    if [ ${#names[@]} -eq 0 ]; then
        notes+=("${KAMAILIO_TREES:+$KAMAILIO_TREES has no source tree of Kamailio in it: }no server was tested that is built from its sources (KAMAILIO_TREES).")
        return
    fi
    for name in "${names[@]}"; do
        "$trees/build.sh" "$name" || fail "the server of $KAMAILIO_TREES/$name cannot be built"
        databases=()
        for database in "${databases_wanted[@]}"; do
            [ ! -f "$(tree_modules "$name")/db_$database.so" ] || databases+=("$database")
        done
        for module; do
            add_cells "tree:$name" "$module"
        done
    done
}
