#!/usr/bin/env bash
# release-check.sh [CHECK...]: what has to hold before a version is tagged, a line for each; all of it, or these checks.
# What a check prints is in target/release-check/CHECK.log. The exit status is not 0 when one does not hold.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. tests/matrix/common.sh

version=$(sed -nE 's/^version = "([^"]+)"$/\1/p' Cargo.toml | head -n 1)
logs=$root/target/release-check

# Each prints its result as its last line, and fails when that is not what it has to be.

check_version() {
    local locked
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "Cargo.toml: $version is no version of a release" && return 1; }
    locked=$(awk '/^name = "msilo"$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
    [ "$locked" = "$version" ] || { echo "Cargo.lock has $locked, Cargo.toml $version: make build, and commit it" && return 1; }
    [ -z "$(git tag --list "v$version" "$version")" ] || { echo "$version is tagged already" && return 1; }
    echo "$version in Cargo.toml and Cargo.lock, and not tagged yet"
}

# The headings of the versions, newest first: "## 0.2.0 - 2026-11-27".
check_changelog() {
    local headings heading date
    mapfile -t headings < <(sed -nE 's/^## (.*)$/\1/p' CHANGELOG.md)
    [[ ${headings[0]} == "$version - "* ]] ||
        { echo "CHANGELOG.md begins with \"${headings[0]}\", not with \"$version - DATE\"" && return 1; }
    for heading in "${headings[@]}"; do
        date=${heading##* }
        [[ $date =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] && date -d "$date" >/dev/null 2>&1 ||
            { echo "CHANGELOG.md: \"$heading\" has no date" && return 1; }
        [[ ! $date > $(date -u +%F) ]] || { echo "CHANGELOG.md: \"$heading\" is in the future" && return 1; }
    done
    echo "CHANGELOG.md: ${headings[0]}, and ${#headings[@]} versions with a date"
}

check_docs() {
    local other
    grep -q "^.TH MSILO 7 .*\"msilo $version\"" docs/msilo.7 ||
        { echo "docs/msilo.7 is of another version: tests/matrix/run-here.sh ours the_manual_page_says, with UPDATE_DOCS=1" && return 1; }
    other=$(grep -noE '(kamailio-msilo-rs_|msilo-)[0-9]+\.[0-9]+\.[0-9]+' README.md docs/*.md |
        grep -vE "(kamailio-msilo-rs_|msilo-)${version//./\\.}$" || true)
    [ -z "$other" ] || { echo "named in the documents, and not $version: ${other//$'\n'/, }" && return 1; }
    echo "the manual page and the names of files in the documents are of $version"
}

check_tree() {
    [ -z "$(git status --porcelain)" ] || { git status --short && echo "git status shows changes" && return 1; }
    cargo fmt --check || { echo "cargo fmt" && return 1; }
    tests/matrix/cargo.sh clippy --quiet --all-targets --locked -- -D warnings || { echo "cargo clippy" && return 1; }
    echo "nothing is uncommitted; cargo fmt and clippy have nothing to say"
}

# The package of each release: built twice, lintian, its life.
check_packages() {
    engine || { echo "no Docker Engine answers, and packages are tested in containers" && return 1; }
    tests/packages/test.sh --twice "${releases[@]}" || return 1
    echo "of ${releases[*]}: $(grep -c '^  holds: ' "$logs/packages.log") things hold, and built again they are the same byte for byte"
}

check_suite() {
    tests/matrix/matrix.sh unit ours theirs || { grep -E ' passed, [0-9]+ failed' "$logs/suite.log" | tail -n 1 && return 1; }
    grep -E ' passed, [0-9]+ failed' "$logs/suite.log" | tail -n 1
}

check_fuzz() {
    fuzz/run.sh --seconds 60 || return 1
    echo "$(grep -c ', nothing found$' "$logs/fuzz.log") targets, a minute each: nothing found"
}

check_valgrind() {
    kamailio-headers/setup.sh --valgrind && tests/matrix/setup.sh && make --no-print-directory build && tests/valgrind.sh || return 1
    grep '^valgrind: .* processes watched' "$logs/valgrind.log" | tail -n 1
}

checks=(version changelog docs tree packages suite fuzz valgrind)
for name; do
    [[ " ${checks[*]} " = *" $name "* ]] || fail "there is no check \"$name\"" "there are: ${checks[*]}"
done
[ $# -gt 0 ] || set -- "${checks[@]}"

mkdir -p "$logs"
failed=0
for name; do
    start=$SECONDS
    # A process of its own, so that what a check sets or ends is its own.
    if ("check_$name") >"$logs/$name.log" 2>&1; then
        verdict="holds  "
    else
        verdict="FAILED "
        failed=$((failed + 1))
    fi
    printf '%s %-10s %5s s  %s\n' "$verdict" "$name" $((SECONDS - start)) \
        "$(tail -n 1 "$logs/$name.log")$([ "$verdict" = "holds  " ] || echo "  (target/release-check/$name.log)")"
done
[ "$failed" -eq 0 ] || fail "$version is not ready: $failed of $# checks failed"
printf '\n%s is ready: %s checks hold\n' "$version" "$#"
