#!/usr/bin/env bash
# Runs fuzz targets of the part of the module that works without a server.
#
#   fuzz/run.sh                      each target for ten minutes, two at a time
#   fuzz/run.sh --seconds 60 intake  one target for a minute
#   fuzz/run.sh --check              only says whether they compile, and needs no C++ compiler for it
#
# Says at the end how many inputs each target was given. What a target fails on is left in fuzz/artifacts/TARGET.
set -euo pipefail

seconds=600 at_once=2 only_check=
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --check) only_check=yes; shift ;;
    --at-once) at_once=$2; shift 2 ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit ;;
    *) targets+=("$1"); shift ;;
    esac
done

cd "$(dirname "${BASH_SOURCE[0]}")"
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | tail -n +2)

# The sanitizer's flags are not for the stable toolchain, which has the sanitizer all the same.
export RUSTC_BOOTSTRAP=1
if [ -n "$only_check" ]; then
    # Nothing is linked, so the library that is linked otherwise is not made; it only has to have a name.
    CUSTOM_LIBFUZZER_PATH=$PWD/target/libFuzzer.a exec cargo check --locked --quiet
fi
# The module's time zone: one with a daylight-saving rule.
export TZ=Europe/Berlin

export PATH="$PWD/target/tools/bin:$PATH"
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo 'cargo-fuzz is missing: it runs the targets; installing it into fuzz/target/tools'
    cargo install --quiet --root target/tools cargo-fuzz
fi
cargo fuzz build --fuzz-dir .

mkdir -p target/logs
run() {
    local target=$1 log=target/logs/$1
    mkdir -p "corpus/$target"
    if ! cargo fuzz run --fuzz-dir . "$target" -- -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 >"$log" 2>&1; then
        grep -aE 'panicked|ERROR|Test unit written' "$log" | sed "s/^/$target: /"
        echo "$target: FAILED, see fuzz/$log"
        return 1
    fi
    printf '%s: %s inputs in %s s, nothing found\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$seconds"
}

failed=0
for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || failed=1; done
    run "$target" &
done
while [ "$(jobs -p | wc -l)" -gt 0 ]; do wait -n || { [ $? -eq 127 ] && break; failed=1; }; done
exit $failed
