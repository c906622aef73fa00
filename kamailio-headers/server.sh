#!/usr/bin/env bash
# Sourced by the other scripts: where the installed Kamailio is, and which version.

fail() {
    printf '\nmsilo: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    printf '\n' >&2
    exit 1
}

# The directory of the server's modules: the same search as build/server.rs.
modules_dir() {
    if [ -n "${KAMAILIO_MODULES:-}" ]; then
        printf '%s\n' "${KAMAILIO_MODULES%/}"
        return
    fi
    local dir
    for dir in /usr/lib/*/kamailio/modules /usr/lib/kamailio/modules /usr/lib64/kamailio/modules \
        /usr/local/lib64/kamailio/modules /usr/local/lib/kamailio/modules; do
        if [ -f "$dir/tm.so" ]; then
            printf '%s\n' "$dir"
            return
        fi
    done
    return 1
}

# server_string MODULES: the version a module must carry, like "kamailio 5.6.3 (x86_64/linux)".
server_string() {
    local found
    found=$(LC_ALL=C tr '\0' '\n' <"$1/tm.so" | LC_ALL=C grep -aE '^kamailio [0-9][^ ]* \([^)]*\)$' | sort -u) || true
    [ -n "$found" ] || fail "$1/tm.so does not contain the version of a Kamailio module"
    printf '%s\n' "${found%%$'\n'*}"
}

# server_number MODULES: the bare version number, like 5.6.3.
server_number() {
    local text
    text=$(server_string "$1")
    text=${text#kamailio }
    printf '%s\n' "${text%% *}"
}
