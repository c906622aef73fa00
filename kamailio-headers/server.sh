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

# string_in MODULE PATTERN: the first of the module's strings that the pattern matches; the same search as build/server.rs.
string_in() {
    local found
    found=$(LC_ALL=C tr '\0' '\n' <"$1" | LC_ALL=C grep -aE "$2") || return 1
    printf '%s\n' "${found%%$'\n'*}"
}

# version_of MODULE: the version of the server it was built for, like "kamailio 5.6.3 (x86_64/linux)".
version_of() { string_in "$1" '^kamailio [0-9][^ ]* \([^)]*\)$'; }

# flags_of MODULE: the compile flags of the server it was built for, like "USE_TCP, USE_TLS, ...". In front of the first
# stands nothing, so that without TCP, and with EXTRA_DEBUG, they start with a comma.
flags_of() { string_in "$1" '^(USE_TCP)?(, [A-Z0-9_-]+){2,}$'; }

# server_string MODULES: the version a module must carry.
server_string() { version_of "$1/tm.so" || fail "$1/tm.so does not contain the version of a Kamailio module"; }

# server_flags MODULES: the compile flags a module must carry.
server_flags() { flags_of "$1/tm.so" || fail "$1/tm.so does not contain the compile flags of a Kamailio module"; }

# server_number MODULES: the bare version number, like 5.6.3.
server_number() {
    local text
    text=$(server_string "$1")
    text=${text#kamailio }
    printf '%s\n' "${text%% *}"
}

# server_programs: has KAMAILIO, KAMCMD and KAMAILIO_SQL name the programs and SQL scripts of the server that
# KAMAILIO_MODULES is of, where they do not name anything yet. Without KAMAILIO_MODULES they are those of the system.
server_programs() {
    [ -n "${KAMAILIO_MODULES:-}" ] || return 0
    local modules prefix
    modules=$(cd "$KAMAILIO_MODULES" && pwd) || fail "KAMAILIO_MODULES=$KAMAILIO_MODULES is no directory"
    # Modules are in lib/kamailio/modules or deeper below the prefix.
    prefix=$modules
    until [ -z "$prefix" ] || [ -x "$prefix/sbin/kamailio" ]; do prefix=${prefix%/*}; done
    if [ -x "$prefix/sbin/kamailio" ]; then
        export KAMAILIO="${KAMAILIO:-$prefix/sbin/kamailio}"
        [ ! -x "$prefix/sbin/kamcmd" ] || export KAMCMD="${KAMCMD:-$prefix/sbin/kamcmd}"
        [ ! -d "$prefix/share/kamailio/db_sqlite" ] || export KAMAILIO_SQL="${KAMAILIO_SQL:-$prefix/share/kamailio/db_sqlite}"
    fi
    local version wanted
    version=$("${KAMAILIO:-kamailio}" -v 2>/dev/null) || true
    wanted=$(server_string "$modules")
    [[ $version == *"$wanted"* ]] ||
        fail "${KAMAILIO:-kamailio} is not the server of the modules in $modules, which is $wanted" \
            "set KAMAILIO to its program, and KAMCMD to its kamcmd"
}
