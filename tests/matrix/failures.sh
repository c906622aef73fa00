#!/usr/bin/env bash
# failures.sh LOG: what a person has to read of the output of a test executable that failed: the names of the tests, and
# for each the assertion, how the server was then, the last lines of its log and of the SIP exchange. The full text of
# each goes to a file of its own in LOG's directory with `.failures` for `.log`.
set -euo pipefail

lines=30 # of each part
width=300
log=$1
texts=${log%.log}.failures
rm -rf "$texts"
mkdir -p "$texts"

# Between "---- NAME stdout ----" and the next of these, or the list of names at the end.
awk -v texts="$texts" -v width="$width" -v lines="$lines" '
    function cut(text) { return length(text) > width ? substr(text, 1, width) "..." : text }
    function last(what, from, count,    at) {
        if (!count) return
        printf "  --- %s%s\n", what, (count > lines ? ", its last " lines " lines of " count : "")
        for (at = count > lines ? count - lines + 1 : 1; at <= count; at++) printf "  %s\n", cut(from[at])
    }
    function finish() {
        if (name == "") return
        printf "\nFAILED %s\n", name
        for (at = 1; at <= said && at <= lines; at++) printf "  %s\n", cut(assertion[at])
        if (said > lines) printf "  ... %d lines more\n", said - lines
        last("state of the server", state, stated)
        last("log of the server", server, logged)
        last("SIP exchange", exchange, exchanged)
        printf "  --- all of it: %s\n", file
        close(file)
        name = ""
    }
    /^---- .* stdout ----$/ {
        finish()
        name = $2; part = "before"; said = stated = logged = exchanged = 0
        file = name
        gsub(/[^A-Za-z0-9_]+/, "-", file)
        file = texts "/" file ".txt"
        next
    }
    /^failures:$/ { finish(); next }
    name == "" { next }
    { print >file }
    /^thread .* panicked at / && part == "before" { part = "assertion" }
    /^=== state of the server/ { part = "state"; stated = 0; next }
    /^=== log of the server/ { part = "log"; logged = 0; next }
    /^=== SIP exchange/ { part = "exchange"; exchanged = 0; next }
    /^stack backtrace:$/ || /^note: run with `RUST_BACKTRACE/ { part = "backtrace" }
    part == "assertion" && $0 != "" { assertion[++said] = $0 }
    part == "state" && $0 != "" { state[++stated] = $0 }
    part == "log" && $0 != "" { server[++logged] = $0 }
    part == "exchange" && $0 != "" { exchange[++exchanged] = $0 }
    END { finish() }
' "$log" >"$texts/summary"

names=$(sed -nE 's/^FAILED (.*)$/  \1/p' "$texts/summary")
if [ -z "$names" ]; then # it did not come so far: it did not compile, or was ended
    tail -n 60 "$log" | cut -c "1-$width"
else
    printf 'failed:\n%s\n' "$names"
    cat "$texts/summary"
fi
printf '\nthe whole output: %s\n' "$log"
