#!/usr/bin/env bash
# matrix.sh [unit] ours|theirs...: runs the compliance tests against these modules on every release, each in a
# container, and ends with a table. Where no Docker Engine answers, or KAMAILIO_SRC or KAMAILIO_MODULES is set, it is
# the server of this machine instead. With `unit` the unit tests are run as well, here.
#
#   RELEASE  the releases to run on, instead of all
#   TEST     a part of the names of the tests to run, instead of all; what they print is shown
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/tests/trees/trees.sh"

cells=() notes=()
if [ "${1:-}" = unit ]; then
    shift
    [ -n "${TEST:-}" ] || cells=("unit tests")
fi
[ $# -gt 0 ] || fail "usage: matrix.sh [unit] ours|theirs..."
under_test=("$@")
read -ra wanted <<<"${RELEASE:-}"
read -ra arguments <<<"${TEST:-}"
results=$root/target/matrix/results

# --- what there is to run: a cell is "RELEASE MODULE[-DATABASE]", "here MODULE[-DATABASE]" or "unit tests"

# add_cells RELEASE MODULE: on SQLite, and on the other databases.
add_cells() {
    local database
    cells+=("$1 $2")
    for database in "${databases[@]}"; do
        [ "$2-$database" = theirs-text ] || cells+=("$1 $2-$database")
    done
}

prepare_here() {
    [ ${#wanted[@]} -eq 0 ] || fail "RELEASE=${wanted[*]} needs a Docker Engine, and KAMAILIO_SRC and KAMAILIO_MODULES unset"
    if [ -n "${KAMAILIO_SRC:-}${KAMAILIO_MODULES:-}" ]; then
        say "KAMAILIO_SRC or KAMAILIO_MODULES is set: testing against that server"
    else
        say "no Docker Engine answers: testing against the installed server"
        notes+=("No Docker Engine answers: only the installed server was tested, not the releases ${releases[*]}.")
    fi
    "$matrix/setup.sh"
    make -C "$root" --no-print-directory build
    MSILO_BINARY=$("$matrix/test-binary.sh")
    say "the server is $(server_string "$(modules_dir)")"
    for module in "${under_test[@]}"; do
        add_cells here "$module"
    done
}

prepare_containers() {
    say "testing in containers: Docker Engine $(docker version --format '{{.Server.Version}}')"
    local release module chosen=("${wanted[@]}")
    if [ ${#chosen[@]} -eq 0 ]; then
        chosen=("${releases[@]}")
        [ ${#under_test[@]} -eq 1 ] || join "$next_release"
    fi
    "$matrix/image.sh" "${chosen[@]}"
    for release in "${chosen[@]}"; do
        prepare "$release"
        [[ " ${under_test[*]} " != *" ours "* ]] || "$matrix/build-module.sh" "$release"
        for module in "${under_test[@]}"; do
            add_cells "$release" "$module"
        done
    done
    MSILO_BINARY=$("$matrix/test-binary.sh" "${chosen[0]}")
}

# The release after the newest takes part where it can, and is no reason to fail where it cannot.
join() {
    if has_image "$(image "$1")"; then
        chosen+=("$1")
    elif ! "$matrix/source-of.sh" "$1"; then
        notes+=("$1 is left out: the source package of its Kamailio cannot be fetched (target/matrix/$1/source.log).")
    elif "$matrix/image.sh" "$1"; then
        chosen+=("$1")
    else
        notes+=("$1 is left out: its image could not be built (target/matrix/$1/image.log).")
    fi
}

# --- running

# run_cell RELEASE MODULE: what it prints goes to a log, and the counts and the seconds to a file.
run_cell() {
    local release=$1 module=$2 log=$results/$1-$2.log start=$SECONDS status=0 line skipped
    local command=("$matrix/run.sh" "$release" "$module") job copy=""
    echo "- 1 - 0" >"$results/$release-$module" # should this not get to its end either
    case $release in
    here) command=("$matrix/run-here.sh" "$module") ;;
    tree:*) command=("$trees/run.sh" "${release#tree:}" "$module") ;;
    unit) command=(timeout --kill-after 10 "$cell_seconds" "$matrix/cargo.sh" test --locked --lib) ;;
    esac
    if [ ${#arguments[@]} -gt 0 ]; then
        printf '\n===== %s, %s =====\n' "$(title "$release")" "$module"
        command+=("${arguments[@]}" --nocapture)
        export MSILO_TEST_SHOW=${MSILO_TEST_SHOW-1}
        exec 3> >(tee "$log")
        copy=$!
    else
        exec 3>"$log"
    fi
    # In the background, so that an interrupt is not kept waiting until it ends.
    "${command[@]}" >&3 2>&1 &
    job=$!
    exec 3>&-
    trap 'kill "$job" 2>/dev/null; wait "$job"; exit 130' INT TERM
    wait "$job" || status=$?
    [ -z "$copy" ] || wait "$copy" || true
    [ "$status" -ne 124 ] || printf '\nmsilo: %s/%s: not at its end after %s s\n' "$release" "$module" "$cell_seconds" >>"$log"
    line=$(grep -aoE 'test result: [a-zA-Z]+\. [0-9]+ passed; [0-9]+ failed; [0-9]+ ignored;' "$log" | tail -n 1) || true
    if [[ $line =~ ([0-9]+)\ passed\;\ ([0-9]+)\ failed\;\ ([0-9]+)\ ignored ]] &&
        { [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ]; }; then
        # A test of what this machine does not have says so and passes: it is counted as what it is.
        skipped=$( (grep -aoE 'SKIPPED [a-z0-9_]+::[a-z0-9_:]+: ' "$log" || true) | wc -l)
        line="$((BASH_REMATCH[1] - skipped)) ${BASH_REMATCH[2]} $((BASH_REMATCH[3] + skipped))"
    else
        line="- 1 -" # it did not come to an end: that counts as one failure
    fi
    echo "$line $((SECONDS - start))" >"$results/$release-$module"
    read -r _ failed _ <<<"$line"
    say "$release/$module: $([ "$failed" = 0 ] && echo passed || echo FAILED), $((SECONDS - start)) s"
}

# Half as many at once as there are cores, for each already runs tests in parallel; one where they are looked at.
run_cells() {
    local cell running=0 most=$(($(nproc) / 2))
    [ ${#arguments[@]} -eq 0 ] || most=1
    rm -rf "$results"
    mkdir -p "$results"
    trap 'kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM
    for cell in "${cells[@]}"; do
        if [ "$running" -ge "$most" ] && [ "$running" -gt 0 ]; then
            wait -n || true
            running=$((running - 1))
        fi
        # shellcheck disable=SC2086  # two words
        run_cell $cell &
        running=$((running + 1))
    done
    wait
}

# --- the end

# A release's name, with its Kamailio's version.
title() {
    local modules
    if [ "$1" = unit ]; then
        printf 'unit\n'
        return
    elif [ "$1" = here ]; then
        modules=$(modules_dir)
    elif [[ $1 = tree:* ]]; then
        modules=$(tree_modules "${1#tree:}")
    else
        modules=$(place "$1")/server/modules
    fi
    printf '%s (Kamailio %s)\n' "$1" "$(server_number "$modules")"
}

summary() {
    local cell release module passed failed skipped seconds note total_passed=0 total_failed=0 total_skipped=0
    for cell in "${cells[@]}"; do
        read -r release module <<<"$cell"
        read -r passed failed skipped seconds <"$results/$release-$module"
        if [ "$failed" != 0 ] && [ ${#arguments[@]} -eq 0 ]; then
            printf '\n===== %s, %s =====\n' "$(title "$release")" "$module"
            cat "$results/$release-$module.log"
        fi
    done
    printf '\n%-28s %-14s %8s %8s %8s %8s\n' release module passed failed skipped seconds
    for cell in "${cells[@]}"; do
        read -r release module <<<"$cell"
        read -r passed failed skipped seconds <"$results/$release-$module"
        printf '%-28s %-14s %8s %8s %8s %8s' "$(title "$release")" "$module" "$passed" "$failed" "$skipped" "$seconds"
        [ "$passed" != - ] || printf '   the tests did not run to their end'
        printf '\n'
        total_passed=$((total_passed + ${passed/-/0}))
        total_failed=$((total_failed + failed))
        total_skipped=$((total_skipped + ${skipped/-/0}))
    done
    for note in "${notes[@]}"; do
        printf '%s\n' "$note"
    done
    printf '\n%s passed, %s failed' "$total_passed" "$total_failed"
    [ "$total_skipped" -eq 0 ] || printf ', %s skipped' "$total_skipped"
    printf '\n'
    [ "$total_failed" -eq 0 ] || return 1
    [ "$total_passed" -gt 0 ] || fail "no test ran${TEST:+: no name contains \"$TEST\"}"
}

if on_this_machine; then
    prepare_here
else
    prepare_containers
fi
# Servers that are built from sources take part where everything does.
if [ ${#under_test[@]} -gt 1 ] && [ ${#wanted[@]} -eq 0 ]; then
    prepare_trees "${under_test[@]}"
fi
export MSILO_BINARY # every cell runs this one, and builds nothing
run_cells
summary
