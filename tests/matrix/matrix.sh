#!/usr/bin/env bash
# matrix.sh [here] [unit] [package] ours|theirs...: runs the compliance tests against these modules on every release, each in a
# container, and ends with a table. Where no Docker Engine answers, or KAMAILIO_SRC or KAMAILIO_MODULES is set, it is
# the server of this machine instead. With `here` it is that in any case, and SQLite is the only database unless
# DATABASE names more. With `unit` the unit tests are run as well, here; with `package` the package of each release lives
# its life in a container, which cannot be had on this machine.
#
#   RELEASE  the releases to run on, instead of all
#   MSILO_SECOND_TRY=1  a test that fails is run once more, alone; that it needed this stands below the table
#   TEST     a part of the names of the tests to run, instead of all; what they print is shown
set -euo pipefail
if [ "${1:-}" = here ]; then
    shift
    export MSILO_HERE=yes DATABASE="${DATABASE-}"
fi
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/tests/trees/trees.sh"

cells=() notes=() chosen=()
if [ "${1:-}" = unit ]; then
    shift
    [ -n "${TEST:-}" ] || cells=("unit tests")
fi
package=no
if [ "${1:-}" = package ]; then
    shift
    [ -n "${TEST:-}" ] || package=yes
fi
[ $# -gt 0 ] || fail "usage: matrix.sh [unit] [package] ours|theirs..."
under_test=("$@")
read -ra wanted <<<"${RELEASE:-}"
read -ra arguments <<<"${TEST:-}"
results=$root/target/matrix/results

# --- what there is to run: a cell is "RELEASE MODULE[-DATABASE]", "here MODULE[-DATABASE]", "RELEASE package" or "unit tests"

# add_cells RELEASE MODULE: on SQLite, and on the other databases; ours on SQLite twice, the second time with delivery to
# contacts. `make test` is the first pass only.
add_cells() {
    local database
    cells+=("$1 $2")
    [ "$2" != ours ] || [ -n "${MSILO_HERE:-}" ] || cells+=("$1 ours-contacts")
    for database in "${databases[@]}"; do
        [ "$2-$database" = theirs-text ] || cells+=("$1 $2-$database")
    done
}

prepare_here() {
    [ ${#wanted[@]} -eq 0 ] || fail "RELEASE=${wanted[*]} needs a Docker Engine, and KAMAILIO_SRC and KAMAILIO_MODULES unset" \
        "and \`make test\` runs on this machine's server only: make test-all RELEASE=${wanted[*]}"
    if [ -n "${KAMAILIO_SRC:-}${KAMAILIO_MODULES:-}" ]; then
        say "KAMAILIO_SRC or KAMAILIO_MODULES is set: testing against that server"
    elif [ -n "${MSILO_HERE:-}" ]; then
        say "testing against the installed server"
    else
        say "no Docker Engine answers: testing against the installed server"
    fi
    "$matrix/setup.sh"
    make -C "$root" --no-print-directory build
    MSILO_BINARY=$("$matrix/test-binary.sh")
    say "the server is $(server_string "$(modules_dir)")"
    for module in "${under_test[@]}"; do
        add_cells here "$module"
    done
    [ "$package" = no ] || notes+=("The package was not tested: it is installed in containers, and these need a Docker Engine.")
}

prepare_containers() {
    say "testing in containers: Docker Engine $(docker version --format '{{.Server.Version}}')"
    local release module
    chosen=("${wanted[@]}")
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
        [ "$package" = no ] || cells+=("$release package")
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
    local release=$1 module=$2 log=$results/$1-$2.log start=$SECONDS status=0 line passed failed skipped
    local command=("$matrix/run.sh" "$release" "$module") job copy=""
    echo "- 1 - 0" >"$results/$release-$module" # should this not get to its end either
    case $release in
    here) command=("$matrix/run-here.sh" "$module") ;;
    tree:*) command=("$trees/run.sh" "${release#tree:}" "$module") ;;
    unit) command=(timeout --kill-after 10 "$cell_seconds" "$matrix/cargo.sh" test --locked --no-fail-fast --lib --test build) ;;
    esac
    [ "$module" != package ] || command=("$root/tests/packages/test.sh" --twice "$release")
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
    # One line of each executable.
    line=$(sed -nE 's/.*test result: [a-zA-Z]+\. ([0-9]+) passed; ([0-9]+) failed; ([0-9]+) ignored;.*/\1 \2 \3/p' "$log" |
        awk '{ passed += $1; failed += $2; ignored += $3 } END { if (NR) print passed, failed, ignored }')
    read -r passed failed skipped <<<"$line"
    if [ -n "$line" ] && { [ "$status" -eq 0 ] || [ "$failed" -gt 0 ]; }; then
        # A test of what this machine does not have says so and passes: it is counted as what it is.
        line=$( (grep -aoE 'SKIPPED [a-z0-9_]+::[a-z0-9_:]+: ' "$log" || true) | wc -l)
        line="$((passed - line)) $failed $((skipped + line))"
    else
        line="- 1 -" # it did not come to an end: that counts as one failure
    fi
    read -r passed failed skipped <<<"$line"
    if [ -n "${MSILO_SECOND_TRY:-}" ] && [ "$failed" != 0 ] && [ "$passed" != - ] && [ "$release" != unit ] &&
        line=$(second_try "$log" "${command[@]}"); then
        passed=$((passed + failed - line)) failed=$line
    fi
    echo "$passed $failed $skipped $((SECONDS - start))" >"$results/$release-$module"
    say "$release/$module: $([ "$failed" = 0 ] && echo passed || echo FAILED), $((SECONDS - start)) s"
}

# second_try LOG COMMAND: runs the tests that failed once more, each alone, and prints how many of them fail again. Where
# many have failed it is not the machine. Which ones passed then stands in LOG with `.again` for `.log`.
second_try() {
    local log=$1 name failed=0 names
    shift
    mapfile -t names < <(sed -nE 's/^test ([A-Za-z0-9_:]+) \.\.\. FAILED$/\1/p' "$log" | sort -u)
    [ ${#names[@]} -gt 0 ] && [ ${#names[@]} -le 5 ] || return 1
    : >"${log%.log}.again"
    for name in "${names[@]}"; do
        if "$@" --exact "$name" >>"$log.again" 2>&1 </dev/null; then
            printf '%s\n' "$name" >>"${log%.log}.again"
        else
            failed=$((failed + 1))
        fi
    done
    echo "$failed"
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

# Which databases and releases the table says nothing about.
not_run() {
    local name left=()
    for name in "${every_database[@]}"; do
        [[ " ${databases[*]} " = *" $name "* ]] || left+=("$name")
    done
    [ ${#left[@]} -eq 0 ] || notes+=("Databases not tested: ${left[*]}.")
    left=()
    for name in "${releases[@]}"; do
        [[ " ${chosen[*]} " = *" $name "* ]] || left+=("$name")
    done
    [ ${#left[@]} -eq 0 ] || notes+=("Releases not tested in a container: ${left[*]}.")
    if [ -n "${MSILO_HERE:-}" ]; then
        notes+=("Not run: the pass with delivery to the registered contacts (ours-contacts)." "\`make test-all\` runs all of it.")
    fi
}

summary() {
    local cell release module passed failed skipped seconds note total_passed=0 total_failed=0 total_skipped=0
    for cell in "${cells[@]}"; do
        read -r release module <<<"$cell"
        read -r passed failed skipped seconds <"$results/$release-$module"
        if [ "$failed" != 0 ] && [ ${#arguments[@]} -eq 0 ]; then
            printf '\n===== %s, %s =====\n' "$(title "$release")" "$module"
            "$matrix/failures.sh" "$results/$release-$module.log"
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
    not_run
    for cell in "${cells[@]}"; do
        read -r release module <<<"$cell"
        while read -r note; do
            printf '%s, %s: %s has failed, and passed when it was run once more, alone.\n' "$release" "$module" "$note"
        done < <(cat "$results/$release-$module.again" 2>/dev/null)
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
